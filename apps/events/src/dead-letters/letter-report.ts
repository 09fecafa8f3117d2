import { counted, printable, table } from '#app/terminal';
import { shortTopic } from '../options/topics.js';
import type { EventsEnv } from '../env.js';
import { textWithoutSecrets, withoutSecrets } from '../reading/secrets.js';
import { timeOf, valueOf } from '../tail/event-line.js';
import type { DeadLetter, WholeLetter } from './dead-letter.js';

const LONGEST_REASON = 100;

/** Counts letters by outcome, and waiting ones by reason. */
interface LetterCounts {
  waiting: number;
  redriven: number;
  discarded: number;
  reasons: Record<string, number>;
}

export function countsOf(letters: readonly DeadLetter[]): LetterCounts {
  const counts: LetterCounts = { waiting: 0, redriven: 0, discarded: 0, reasons: {} };
  for (const { outcome, reason } of letters) {
    counts[outcome ?? 'waiting']++;
    if (outcome === null) counts.reasons[reason] = (counts.reasons[reason] ?? 0) + 1;
  }
  return counts;
}

export function describeCounts({ waiting, redriven, discarded, reasons }: LetterCounts): string {
  const why = Object.entries(reasons).map(([reason, count]) => `  ${count} × ${valueOf(reason, LONGEST_REASON)}`);
  return [`${counted(waiting, 'dead letter')} waiting, ${redriven} redriven, ${discarded} discarded.`, ...why].join('\n');
}

export const describeLetters = (letters: readonly DeadLetter[], env: EventsEnv): string =>
  table([
    ['LETTER', 'PUT ASIDE', 'CONTACT', 'EVENT', 'CAME FROM', 'STATE', 'REASON'],
    ...letters.map((letter) => [
      letter.place,
      timeText(letter.time),
      String(letter.contactId ?? '?'),
      `${printable(letter.name)} v${letter.version ?? '?'}`,
      originText(letter, env),
      letter.outcome ?? 'waiting',
      valueOf(letter.reason, LONGEST_REASON),
    ]),
  ]);

/** One whole letter for people. Each line of the value is safe for a terminal and holds no credential. */
export function describeLetter(letter: WholeLetter, env: EventsEnv): string {
  const headers = Object.entries(letterHeaders(letter)).map(([name, value]) => `  ${printable(name)}: ${printable(value)}`);
  const value = letterValue(letter);
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2);
  return [
    `Letter ${letter.place}, ${letter.outcome ?? 'waiting'}`,
    `Reason: ${valueOf(letter.reason, 500)}`,
    `Put aside: ${timeText(letter.time)}, from ${originText(letter, env)}`,
    ...(letter.cut === null ? [] : [`Lacks, because it is too large: ${valueOf(letter.cut, LONGEST_REASON)}`]),
    `Key: ${valueOf(letter.record.key?.toString() ?? null)}`,
    `Headers:`,
    ...headers,
    `Value${letter.record.value ? ` (${counted(letter.record.value.length, 'byte')})` : ''}:`,
    ...text.split('\n').map((line) => `  ${printable(line)}`),
  ].join('\n');
}

/** The headers of the original as text. */
export const letterHeaders = ({ record }: WholeLetter): Record<string, string> =>
  Object.fromEntries(Object.entries(record.headers ?? {}).map(([name, value]) => [name, textWithoutSecrets(String(value))]));

/** The value as JSON if it is JSON, else as text. */
export function letterValue({ record }: WholeLetter): unknown {
  if (record.value === null) return null;
  const text = record.value.toString();
  try {
    return withoutSecrets(JSON.parse(text));
  } catch {
    return textWithoutSecrets(text);
  }
}

const timeText = (time: string): string =>
  Number.isNaN(Date.parse(time)) ? valueOf(time) : timeOf(Date.parse(time)).slice(0, 19);

const originText = ({ origin }: DeadLetter, env: EventsEnv): string =>
  origin ? `${printable(shortTopic(env, origin.topic))} ${origin.partition}@${origin.offset}` : '?';
