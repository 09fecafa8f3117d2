import { audited } from '../audit/audited.js';
import { EXIT, type ExitCode } from '../exit-code.js';
import { note, print, printJson, type Tool } from '../tool.js';
import { runTaskOf } from './app-task.js';
import { requireYes } from '../ask.js';
import type { RepairOptions } from './repair.options.js';

interface ResealResult {
  newestKid: string;
  current: number;
  resealed: number;
  changedMeanwhile: number;
  unopened: number;
  oldKeysNeededUntil: string | null;
}

const SCRIPT = 'gateway/src/repair.js';
const count = (number: number): string => number.toLocaleString('en');

/** Seals every credential to the newest key. */
export async function reseal({ json, dryRun, yes }: RepairOptions, tool: Tool): Promise<ExitCode> {
  if (dryRun || !yes) {
    const found = await runTaskOf<ResealResult>({ script: SCRIPT, args: ['reseal', '--dry-run'] }, tool);
    const plan = `Sealed to ${found.newestKid}: ${count(found.current)}. To another key: ${count(found.resealed)}. Not openable: ${count(found.unopened)}.`;
    if (dryRun) return end(json ? printJson(tool, found) : print(tool, plan), found);
    note(tool, plan);
    if (found.resealed > 0) await requireYes(tool, `Seal ${count(found.resealed)} credentials again?`, false);
  }
  const outcome = ({ newestKid, resealed }: ResealResult): object => ({ newestKid, resealed });
  const done = await audited(tool, { name: 'reseal', outcome }, () =>
    runTaskOf<ResealResult>({ script: SCRIPT, args: ['reseal'] }, tool),
  );
  return end(json ? printJson(tool, done) : print(tool, describe(done)), done);
}

const end = (_printed: void, { unopened, changedMeanwhile }: ResealResult): ExitCode =>
  unopened + changedMeanwhile === 0 ? EXIT.done : EXIT.found;

function describe({ newestKid, current, resealed, changedMeanwhile, unopened, oldKeysNeededUntil }: ResealResult): string {
  return [
    `${count(resealed)} credentials were sealed to ${newestKid}; ${count(current)} were before.`,
    ...(changedMeanwhile > 0 ? [`${count(changedMeanwhile)} changed or stayed locked during the run: run it again.`] : []),
    ...(unopened > 0 ? [`${count(unopened)} can't be opened with these keys: the old keys can't go.`] : []),
    ...(oldKeysNeededUntil === null ? [] : [`Keep the old private keys with the auth app until ${oldKeysNeededUntil}.`]),
  ].join('\n');
}
