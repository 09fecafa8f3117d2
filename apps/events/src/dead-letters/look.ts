import { Refused } from '../events.errors.js';
import { print, printJson, type Tool } from '../tool.js';
import { wholeLetters, withLetters } from './letter-box.js';
import { letterJson, wholeLetterJson } from './letter-json.js';
import { countsOf, describeCounts, describeLetter, describeLetters } from './letter-report.js';

export interface ListOptions {
  all?: boolean;
  json?: boolean;
}

export const listLetters = ({ all, json }: ListOptions, tool: Tool): Promise<void> =>
  withLetters(tool, ({ letters }) => {
    const shown = letters.filter(({ outcome }) => all || outcome === null);
    const counts = countsOf(letters);
    if (json) return printJson(tool, { ...counts, letters: shown.map(letterJson) });
    if (shown.length > 0) print(tool, `${describeLetters(shown, tool.env)}\n`);
    print(tool, describeCounts(counts));
  });

export const showLetter = (place: string, { json }: { json?: boolean }, tool: Tool): Promise<void> =>
  withLetters(tool, async ({ letters }) => {
    const named = letters.filter((one) => one.place === place);
    const [letter] = await wholeLetters(named, tool);
    if (!letter) throw new Refused(`There is no dead letter ${place}: dead-letters list --all names them.`);
    if (json) return printJson(tool, wholeLetterJson(letter));
    print(tool, describeLetter(letter, tool.env));
  });
