import { createHash } from 'node:crypto';
import { COMPANY_FIELDS, decodeRecord, isCompanyEvent, type ContactSyncEvent } from '#app/contracts';
import { partitionOf, TopicScan, type LogRecord, type TopicScanOptions } from '#app/messaging/light';
import type { Kafka } from 'kafkajs';
import type pg from 'pg';
import type { CompanyPlaces } from './company-differences.js';
import { parameterOf, type Selection } from './login-tables.js';

// On the session's disk, beside the companies: the database compares them.
const MAKE = `
  create temp table company_tail (company_id bigint primary key, version bigint not null, is_deleted boolean not null, state text)`;

const TAKE = `
  insert into company_tail as held
    select * from json_to_recordset($1::json) as r(company_id bigint, version bigint, is_deleted boolean, state text)
  on conflict (company_id) do update set
    version = excluded.version, is_deleted = excluded.is_deleted, state = excluded.state where held.version <= excluded.version`;

const PLACES = `
  select coalesce(c.id, t.company_id) as id, c.version, c.updated_at, to_jsonb(c) as fields,
    (select coalesce(jsonb_agg(tag_id order by tag_id), '[]') from company_tag where company_id = c.id) as tags,
    t.version as topic_version, t.is_deleted, t.state
  from company c full join company_tail t on t.company_id = c.id
  where coalesce(c.id, t.company_id) > $1 and ($3::bigint[] is null or coalesce(c.id, t.company_id) = any($3))
  order by 1 limit $2`;

/** Fields of a company that only it has: the others follow from them. */
const OWN_FIELDS = COMPANY_FIELDS.filter(
  (name) => !['id', 'version', 'status', 'full_address', 'tags', 'created_at', 'updated_at'].includes(name),
);
const PAGE = 1_000;

interface TailRow {
  company_id: number;
  version: number;
  is_deleted: boolean;
  state: string | null;
}

interface PlacesRow {
  id: string;
  version: string | null;
  updated_at: Date;
  fields: Record<string, unknown>;
  tags: number[];
  topic_version: string | null;
  is_deleted: boolean;
  state: string | null;
}

/** The greatest version of each company on the topic, stored beside the companies in a session of the gateway's database. */
export class CompanyTails {
  /** Unreadable records. */
  unreadable = 0;
  private taken: Promise<void> = Promise.resolve();
  /** The time of the first retained record, by partition. */
  private readonly retainedSince = new Map<number, number>();

  private constructor(
    private readonly scan: TopicScan,
    private readonly session: pg.Client,
    /** The number of partitions that the gateway publishes to. */
    private readonly partitions: number,
  ) {}

  static async open(
    kafka: Kafka,
    topic: string,
    { session, partitions, ...options }: TopicScanOptions & { session: pg.Client; partitions: number },
  ): Promise<CompanyTails> {
    await session.query(MAKE);
    return new CompanyTails(await TopicScan.open(kafka, [topic], options), session, partitions);
  }

  /** Reads the topic's current records. */
  async catchUp(): Promise<void> {
    await this.scan.toEnd((partition, records) => {
      if (!this.retainedSince.has(partition)) this.retainedSince.set(partition, records[0]!.timestamp);
      return (this.taken = this.taken.then(() => this.take(records)));
    });
  }

  /** Companies of gateway and topic in id order. */
  async *places(selection: Selection): AsyncGenerator<CompanyPlaces> {
    const [wanted = null] = parameterOf(selection);
    for (let last = 0; ;) {
      const { rows } = await this.session.query<PlacesRow>(PLACES, [last, PAGE, wanted]);
      for (const row of rows) yield this.placesOf(row);
      if (rows.length < PAGE) return;
      last = Number(rows.at(-1)!.id);
    }
  }

  async close(): Promise<void> {
    await this.scan.close();
  }

  private placesOf({ id, version, updated_at, fields, tags, topic_version, is_deleted, state }: PlacesRow): CompanyPlaces {
    const since = this.retainedSince.get(partitionOf(id, this.partitions));
    return {
      companyId: Number(id),
      gateway: version === null ? undefined : { version: Number(version), updatedAt: updated_at, state: stateOf(fields, tags) },
      topic: topic_version === null ? undefined : { version: Number(topic_version), isDeleted: is_deleted, state },
      retainedSince: since === undefined ? undefined : new Date(since),
    };
  }

  private async take(records: readonly LogRecord[]): Promise<void> {
    const tails = new Map<number, TailRow>();
    for (const record of records) {
      const tail = this.tailOf(record);
      if (tail && tail.version >= (tails.get(tail.company_id)?.version ?? 0)) tails.set(tail.company_id, tail);
    }
    if (tails.size > 0) await this.session.query(TAKE, [JSON.stringify([...tails.values()])]);
  }

  private tailOf(record: LogRecord): TailRow | undefined {
    const event = this.eventOf(record);
    if (!event || !isCompanyEvent(event)) return undefined;
    const { company_id, version } = event.data;
    if (event.name === 'CompanyDeleted') return { company_id, version, is_deleted: true, state: null };
    const { company } = event.data;
    const tags = company.tags.map(({ id }) => id).sort((a, b) => a - b);
    return { company_id, version, is_deleted: false, state: stateOf(company, tags) };
  }

  private eventOf(record: LogRecord): ContactSyncEvent | undefined {
    try {
      const decoded = decodeRecord(record);
      return decoded.kind === 'event' ? decoded.event : undefined;
    } catch {
      this.unreadable++;
      return undefined;
    }
  }
}

/** A tag's looks are no part of a company. */
const stateOf = (fields: Record<string, unknown>, tagIds: readonly number[]): string =>
  createHash('sha256')
    .update(JSON.stringify([OWN_FIELDS.map((name) => fields[name] ?? null), tagIds]))
    .digest('hex');
