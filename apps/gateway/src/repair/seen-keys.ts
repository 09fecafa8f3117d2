import { attributesDefect } from '#app/contracts';
import { markDefect, type EventMacKeys } from '#app/credentials';
import type { LogRecord } from '#app/messaging';
import type pg from 'pg';
import { SeenCompanies } from './seen-companies.js';
import { SeenContacts } from './seen-contacts.js';
import { seenRecord, type Observation, type SeenKind, type SeenMaxima } from './seen-record.js';

const KINDS: readonly SeenKind[] = ['contact', 'company', 'login'];

// On one session's own disk, not in memory: there can be millions of keys.
const MAKE = KINDS.map(
  (kind) => `create temp table seen_${kind} (
    id bigint primary key, version bigint not null, is_gone boolean not null, company_ids bigint[] not null)`,
).join(';');

/** Recognizes the gateway's own records of logins. */
export interface SeenMarks {
  keys: EventMacKeys;
  /** Full name of the topic of logins. */
  topic: string;
}

type Observations = Record<SeenKind, Map<number, Observation>>;

const isForeign = (record: LogRecord, { keys }: SeenMarks): boolean =>
  (markDefect(keys, record) ?? attributesDefect(record)) !== undefined;

/** What readers of the topics can know: the greatest version of each key, and whether its last record says that it is gone. */
export class SeenKeys {
  readonly maxima: SeenMaxima = { contactId: 0, companyId: 0, tagId: 0, tokenId: 0, position: 0 };
  readonly contacts: SeenContacts;
  readonly companies: SeenCompanies;
  /** Records that could not be read. */
  unreadable = 0;
  /** Records of logins that the gateway did not write. */
  unauthentic = 0;

  /** One statement at a time: partitions are read in parallel. */
  private added: Promise<void> = Promise.resolve();

  private constructor(
    private readonly session: pg.Client,
    private readonly marks: SeenMarks | undefined,
  ) {
    this.contacts = new SeenContacts(session);
    this.companies = new SeenCompanies(session);
  }

  static async on(session: pg.Client, marks: SeenMarks | undefined): Promise<SeenKeys> {
    await session.query(MAKE);
    return new SeenKeys(session, marks);
  }

  /** Takes records of one partition, in order. */
  add(records: readonly LogRecord[]): Promise<void> {
    return (this.added = this.added.then(() => this.take(records)));
  }

  private async take(records: readonly LogRecord[]): Promise<void> {
    const observations: Observations = { contact: new Map(), company: new Map(), login: new Map() };
    for (const record of records) this.look(record, observations);
    for (const kind of KINDS) await this.merge(kind, observations[kind]);
  }

  private look(record: LogRecord, observations: Observations): void {
    const { marks } = this;
    if (marks && record.topic === marks.topic && isForeign(record, marks)) return void this.unauthentic++;
    const seen = seenRecord(record);
    if (seen === 'unreadable') return void this.unreadable++;
    if (seen === undefined) return;
    for (const [name, value] of Object.entries(seen.maxima) as [keyof SeenMaxima, number][])
      this.maxima[name] = Math.max(this.maxima[name], value);
    const { observation } = seen;
    const ofKind = observations[seen.kind];
    const former = ofKind.get(observation.id);
    ofKind.set(observation.id, former && former.version > observation.version ? { ...former, is_gone: false } : observation);
  }

  private async merge(kind: SeenKind, observations: ReadonlyMap<number, Observation>): Promise<void> {
    if (observations.size === 0) return;
    await this.session.query(
      `insert into seen_${kind} as s
         select id, version, is_gone, company_ids
         from json_to_recordset($1::json) as r(id bigint, version bigint, is_gone boolean, company_ids bigint[])
       on conflict (id) do update set
         is_gone = excluded.is_gone and excluded.version >= s.version,
         company_ids = case when excluded.version >= s.version then excluded.company_ids else s.company_ids end,
         version = greatest(s.version, excluded.version)`,
      [JSON.stringify([...observations.values()])],
    );
  }
}
