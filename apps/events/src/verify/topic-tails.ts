import { createHash } from 'node:crypto';
import { decodeRecord } from '#app/contracts';
import { TopicScan, type LogRecord, type TopicScanOptions } from '#app/messaging/light';
import type { Kafka } from 'kafkajs';
import type pg from 'pg';
import type { JudgeRecord } from '../reading/authenticity.js';
import type { TopicTail } from './differences.js';
import { parameterOf, rowsByContact, within, type Selection } from './login-tables.js';

// On the session's disk: there is a row for each key, and keys come in no order.
const MAKE = `
  create temp table topic_tail (
    contact_id bigint primary key, version bigint not null, max_version bigint not null, position bigint not null,
    is_removed boolean not null, email text, credential text)`;

const TAKE = `
  insert into topic_tail as held
    select * from json_to_recordset($1::json) as r(contact_id bigint, version bigint, max_version bigint, position bigint,
      is_removed boolean, email text, credential text)
  on conflict (contact_id) do update set
    version = excluded.version, max_version = greatest(held.max_version, excluded.max_version),
    position = excluded.position, is_removed = excluded.is_removed, email = excluded.email, credential = excluded.credential`;

interface TailRow {
  contact_id: number;
  version: number;
  max_version: number;
  position: number;
  is_removed: boolean;
  email: string | null;
  credential: string | null;
}

interface TailsOptions extends TopicScanOptions {
  session: pg.Client;
  judge: JudgeRecord;
}

/** The last record of each key on the topic of logins, stored in a temporary table of a database session. */
export class TopicTails {
  /** Unreadable records. */
  unreadable = 0;
  /** Records that the gateway did not write. */
  unauthentic = 0;
  /** One statement at a time: partitions are read in parallel. */
  private taken: Promise<void> = Promise.resolve();

  private constructor(
    private readonly scan: TopicScan,
    private readonly session: pg.Client,
    private readonly judge: JudgeRecord,
  ) {}

  static async open(kafka: Kafka, topic: string, { session, judge, ...options }: TailsOptions): Promise<TopicTails> {
    await session.query(MAKE);
    return new TopicTails(await TopicScan.open(kafka, [topic], options), session, judge);
  }

  /** Reads the topic's current records. */
  async catchUp(): Promise<void> {
    await this.scan.toEnd((_partitionIndex, records) => (this.taken = this.taken.then(() => this.take(records))));
  }

  rows(selection: Selection): AsyncGenerator<TopicTail> {
    return rowsByContact(async (last, limit) => {
      const { rows } = await this.session.query<Record<string, string | null> & { is_removed: boolean }>(
        `select * from topic_tail where contact_id > $1 and max_version > 0 ${within('contact_id', selection)} order by contact_id limit $2`,
        [last, limit, ...parameterOf(selection)],
      );
      return rows.map(({ contact_id, version, max_version, position, is_removed, email, credential }) => ({
        contactId: Number(contact_id),
        version: Number(version),
        maxVersion: Number(max_version),
        position: Number(position),
        isRemoved: is_removed,
        email: email!,
        credential: credential!,
      }));
    });
  }

  async close(): Promise<void> {
    await this.scan.close();
  }

  /** Keeps only the last record of each key, with the greatest version of all. */
  private async take(records: readonly LogRecord[]): Promise<void> {
    const tails = new Map<number, TailRow>();
    for (const record of records) {
      const tail = this.tailOf(record);
      if (!tail) continue;
      const former = tails.get(tail.contact_id);
      tails.set(tail.contact_id, { ...tail, max_version: Math.max(tail.version, former?.max_version ?? 0) });
    }
    if (tails.size > 0) await this.session.query(TAKE, [JSON.stringify([...tails.values()])]);
  }

  private unauthenticTail(record: LogRecord): TailRow | undefined {
    this.unauthentic++;
    return coveredTail(record);
  }

  private tailOf(record: LogRecord): TailRow | undefined {
    if (this.judge(record) !== undefined) return this.unauthenticTail(record);
    const decoded = decode(record);
    if (decoded?.kind === 'tombstone') {
      const { contactId, version } = decoded;
      const nothing = { position: 0, is_removed: true, email: null, credential: null };
      return { contact_id: contactId, version, max_version: version, ...nothing };
    }
    if (decoded?.kind !== 'event' || decoded.event.name !== 'PortalLoginChanged') {
      if (!decoded) this.unreadable++;
      return coveredTail(record);
    }
    const { contact_id, version, position, email, credential } = decoded.event.data;
    const hash = credential === null ? null : createHash('sha256').update(credential).digest('hex');
    return { contact_id, version, max_version: version, position, is_removed: email === null, email, credential: hash };
  }
}

/** A key's last record that the gateway did not write, or that is no login: it has no version, but compaction would keep it. */
function coveredTail({ key }: LogRecord): TailRow | undefined {
  const id = /^[1-9]\d{0,15}$/.test(key?.toString() ?? '') ? Number(key) : NaN;
  if (!Number.isSafeInteger(id)) return undefined;
  return { contact_id: id, version: 0, max_version: 0, position: 0, is_removed: false, email: null, credential: null };
}

function decode(record: LogRecord) {
  try {
    return decodeRecord(record);
  } catch {
    return undefined;
  }
}
