import { EVENTS, type EventName, type TopicName } from '#app/contracts';
import { counted } from '#app/terminal';
import { KeyEnds, keyOf, rankText } from './key-ends.js';
import type { ReplaySource } from './replay-source.js';
import { readRecord, type SourceRecord } from '../reading/shown-record.js';

/** A key that would end on an older version after a replay. */
interface AstrayKey {
  key: string;
  last: string;
  newest: string;
}

/** The effect of a replay to a topic. */
export interface ReplayPlan {
  records: number;
  keys: number;
  /** Unreadable records. */
  unreadable: number;
  /** Events that belong to another topic. */
  foreign: string[];
  astray: AstrayKey[];
}

/** The content of a replay. */
interface Survey extends Pick<ReplayPlan, 'records' | 'unreadable'> {
  keys: ReadonlySet<string>;
  /** The topics of its events; a tombstone belongs to the event before it. */
  names: ReadonlySet<string>;
  ends: KeyEnds;
}

/** Counts the content of a replay; reads the events, which takes time, only if they are `judged`. */
export async function surveyOf(source: Pick<ReplaySource, 'records'>, judged: boolean): Promise<Survey> {
  const [keys, names, ends] = [new Set<string>(), new Set<string>(), new KeyEnds()];
  const survey = { records: 0, unreadable: 0, keys, names, ends };
  for await (const record of source.records()) {
    survey.records++;
    keys.add(keyOf(record));
    if (!judged) continue;
    const shown = readRecord(record);
    if (shown.version === null) survey.unreadable++;
    else names.add(shown.name);
    ends.note(record, { shown });
  }
  return survey;
}

/** The events of a replay that belong to another topic. */
export const foreignNames = (names: ReadonlySet<string>, isOfTopic: (name: TopicName) => boolean): string[] =>
  [...names].filter((name) => !isOfTopic(EVENTS[name as EventName].topic));

/** Keys of the replay and the topic that would not end on their newest version. */
export function astrayKeys(source: KeyEnds, held: KeyEnds): AstrayKey[] {
  return [...source.keys].flatMap((key) => {
    const { last, newest } = source.of(key)!;
    const needed = Math.max(newest, held.of(key)?.newest ?? -1);
    return last < needed ? [{ key, last: rankText(last), newest: rankText(needed) }] : [];
  });
}

const SHOWN = 5;

/** The error of a refused replay to a live topic. */
export function refusalOf(topic: string, { astray, unreadable, foreign }: ReplayPlan): string | undefined {
  if (foreign.length > 0) return `${topic} is live, and these are none of its events: ${foreign.join(', ')}.`;
  if (unreadable > 0)
    return `${topic} is live, and ${counted(unreadable, 'record')} can't be read: they are no events of the contract.`;
  if (astray.length === 0) return undefined;
  const some = astray.slice(0, SHOWN).map(({ key, last, newest }) => `${key} (${last}, its newest is ${newest})`);
  const more = astray.length > SHOWN ? ` and ${astray.length - SHOWN} more` : '';
  return (
    `${topic} is live, and the replay would end ${counted(astray.length, 'contact')} on an older version: ${some.join(', ')}${more}. ` +
    'Compaction, and readers that start from zero, take the last record of a contact for its newest. ' +
    'Replay to a topic of its own, or a range that goes up to the end.'
  );
}

/** How a consumer that compares versions would apply the records. */
interface Effect {
  applied: number;
  skipped: number;
}

/** The login as the auth app holds it. */
export interface HeldLogin {
  version: number;
  lacksCredential: boolean;
}

/** How the auth app would apply the records, given its logins. */
export async function effectOf(records: AsyncIterable<SourceRecord>, held: ReadonlyMap<number, HeldLogin>): Promise<Effect> {
  const now = new Map(held);
  const effect = { applied: 0, skipped: 0 };
  for await (const record of records) {
    const { contactId, version, event, name } = readRecord(record);
    const login = contactId === null ? undefined : now.get(contactId);
    const isNews =
      name === 'PortalLoginChanged' &&
      version !== null &&
      (!login || version > login.version || (version === login.version && login.lacksCredential));
    if (isNews) {
      effect.applied++;
      const lacksCredential = event?.name === 'PortalLoginChanged' && event.data.credential === null && event.data.email !== null;
      now.set(contactId!, { version, lacksCredential });
    } else effect.skipped++;
  }
  return effect;
}
