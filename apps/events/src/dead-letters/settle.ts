import { audited } from '../audit/audited.js';
import { counted } from '#app/terminal';
import { requireYes } from '../ask.js';
import { kafkaOf } from '../connections.js';
import { Interrupted, Refused } from '../events.errors.js';
import { fullTopic } from '../options/topics.js';
import { progressOf } from '../progress.js';
import { keyOf } from '../replay/key-ends.js';
import { judgeOf } from '../reading/authenticity.js';
import { restoreNewest, toAsync, type LiveTopic } from '../replay/live-topic.js';
import { sendRecords } from '../replay/record-sender.js';
import { note, print, printJson, type Tool } from '../tool.js';
import type { DeadLetter } from './dead-letter.js';
import { select, wholeLetters, withLetters, type LetterBox, type Selection } from './letter-box.js';
import { letterJson } from './letter-json.js';

export interface SettleOptions extends Selection {
  dryRun?: boolean;
  yes?: boolean;
  json?: boolean;
}

/** Letters are read and sent in groups of this size. */
const CHUNK = 100;
/** Ctrl-C does not abort what the topic still needs. */
const NEVER = new AbortController().signal;

/** Sends letters to their original topics, in the order of the originals. */
export const redrive = (places: readonly string[], options: SettleOptions, tool: Tool): Promise<void> =>
  withLetters(tool, async (box) => {
    const letters = select(box.letters, places, options);
    const topic = fullTopic(tool.env, 'logins');
    const foreign = letters.filter(({ origin }) => origin?.topic !== topic);
    if (foreign.length > 0)
      throw new Refused(`Not from ${topic}, so not redriven there: ${foreign.map(({ place }) => place).join(', ')}.`);
    const cut = letters.filter((letter) => letter.cut !== null);
    if (cut.length > 0) throw new Refused(`Not whole, so not redriven: ${cut.map(({ place }) => place).join(', ')}.`);
    if (options.dryRun) return tell(letters, 'would be redriven', options, tool);
    const question = `${counted(letters.length, 'dead letter')} will go to ${topic} once more, at ${tool.env.kafka.brokers.join(', ')}.`;
    await requireYes(tool, question, options.yes);
    const { env } = tool;
    const live = { kafka: kafkaOf(env), topic, signal: NEVER, judge: judgeOf(env), partitions: env.partitions };
    await audited(tool, { name: 'redrive', details: placesOf(letters) }, () => sendAll(letters, live, box, tool));
    tell(letters, 'redriven', options, tool);
  });

/** Marks letters as no longer needed. */
export const discard = (places: readonly string[], options: SettleOptions, tool: Tool): Promise<void> =>
  withLetters(tool, async ({ letters: all, outcomes }) => {
    const letters = select(all, places, options);
    if (options.dryRun) return tell(letters, 'would be discarded', options, tool);
    await requireYes(tool, `${counted(letters.length, 'dead letter')} will no longer be listed as waiting.`, options.yes);
    await audited(tool, { name: 'discard', details: placesOf(letters) }, () => outcomes.note(letters, 'discarded'));
    tell(letters, 'discarded', options, tool);
  });

const placesOf = (letters: readonly DeadLetter[]): { letters: string[] } => ({ letters: letters.map(({ place }) => place) });

async function sendAll(letters: readonly DeadLetter[], live: LiveTopic, { outcomes }: LetterBox, tool: Tool): Promise<void> {
  const progress = progressOf(tool, letters.length);
  const begun = new Set<string>();
  let sent = 0;
  try {
    for (let first = 0; first < letters.length; first += CHUNK) {
      if (tool.signal.aborted) throw new Interrupted();
      const chunk = await wholeLetters(letters.slice(first, first + CHUNK), tool);
      for (const { record } of chunk) begun.add(keyOf(record));
      await sendRecords(live.kafka, toAsync(chunk.map(({ record }) => record)), { ...live, onSent: progress });
      sent += chunk.length;
    }
  } finally {
    // Compaction would keep a letter that follows a newer version.
    const restored = await restoreNewest(live, begun);
    // Only now: letters that a crash leaves waiting are sent again, and the newest versions behind them. Readers skip what they have.
    await outcomes.note(letters.slice(0, sent), 'redriven');
    if (restored > 0) note(tool, `${counted(restored, 'newest version')} went behind once more.`);
  }
}

function tell(letters: readonly DeadLetter[], done: string, { json, dryRun }: SettleOptions, tool: Tool): void {
  if (json) return printJson(tool, { dry_run: dryRun ?? false, count: letters.length, letters: letters.map(letterJson) });
  print(tool, `${counted(letters.length, 'dead letter')} ${done}: ${letters.map(({ place }) => place).join(', ')}.`);
}
