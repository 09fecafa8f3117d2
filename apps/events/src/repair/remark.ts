import { audited } from '../audit/audited.js';
import { keyIdOf, markDefect, UNMARKED, type EventMacKeys } from '#app/credentials';
import { TopicIds, TopicScan } from '#app/messaging/light';
import type { Admin } from 'kafkajs';
import type pg from 'pg';
import { requireYes } from '../ask.js';
import { kafkaOf, onDatabase } from '../connections.js';
import { Refused } from '../events.errors.js';
import { print, printJson, type Tool } from '../tool.js';
import { untilSettled } from '../verify/settled.js';
import { runTaskOf } from './app-task.js';

export interface RemarkOptions {
  json?: boolean | undefined;
  yes?: boolean;
  /** Seconds. */
  wait: number;
}

interface Published {
  published: number;
  requestId: string;
}

/** Offsets by partition. */
type Offsets = Map<number, number>;

interface Remarked {
  published: number;
  /** From which offset on each record has a mark. */
  starts: Offsets;
}

/** Publishes every login again with the gateway's mark, and stores the offsets from which every record has one. */
export async function remark({ json, yes, wait }: RemarkOptions, tool: Tool): Promise<void> {
  const { env, signal } = tool;
  const keys = env.eventMacKeys;
  if (!keys) throw new Refused('EVENT_MAC_KEYS is not set: give it to every gateway and to this command.');
  await requireYes(tool, 'Publish every login again? Every gateway has EVENT_MAC_KEYS, with the same first key.', yes);
  const topic = env.topic('portal-logins.v1');
  const kafka = kafkaOf(env);
  const admin = kafka.admin();
  const topicIds = new TopicIds(kafka);
  await admin.connect();
  try {
    const mark = (auth: pg.Client) => async (): Promise<Remarked> => {
      const from = await endsOf(admin, topic);
      const { published, requestId } = await runTaskOf<Published>({ script: 'gateway/src/repair.js', args: ['remark'] }, tool);
      const settling = { auth, admin, topicIds, topic, signal };
      await onDatabase(env.gatewayDatabaseUrl, (gateway) => untilSettled({ ...settling, gateway }, wait * 1_000));
      const starts = await firstMarked({ topic, from, keys, requestId }, tool);
      await noteStarts(auth, topic, starts);
      return { published, starts };
    };
    const outcome = ({ published }: Remarked): object => ({ published });
    const done = await onDatabase(env.authDatabaseUrl, (auth) => audited(tool, { name: 'remark', outcome }, mark(auth)));
    report(topic, done, { json }, tool);
  } finally {
    await admin.disconnect();
  }
}

async function endsOf(admin: Admin, topic: string): Promise<Offsets> {
  return new Map((await admin.fetchTopicOffsets(topic)).map(({ partition, high }) => [partition, Number(high)]));
}

interface Marking {
  topic: string;
  from: Offsets;
  keys: EventMacKeys;
  /** Of the records that this run published. */
  requestId: string;
}

/** @throws {Refused} if a gateway still publishes without marks, or with another key than the first one */
async function firstMarked({ topic, from, keys, requestId }: Marking, { env, signal }: Tool): Promise<Offsets> {
  const starts: Offsets = new Map();
  const scan = await TopicScan.open(kafkaOf(env), [topic], {
    from: [...from].map(([partition, nextOffset]) => ({ topic, partition, nextOffset })),
    signal,
  });
  try {
    await scan.toEnd((partitionIndex, records) => {
      for (const record of records) {
        const defect = markDefect(keys, record);
        if (defect === undefined && !starts.has(scan.partitionOf(partitionIndex)))
          starts.set(scan.partitionOf(partitionIndex), record.offset);
        if (String(record.headers?.['ce_correlationid']) !== requestId) continue;
        if (defect === UNMARKED)
          throw new Refused('A gateway publishes without a mark: give EVENT_MAC_KEYS to every gateway, then run this again.');
        if (keyIdOf(record) !== keys.first.kid)
          throw new Refused(
            `A gateway marks with another key than ${keys.first.kid}: put that one first in every gateway, then run this again.`,
          );
      }
      return Promise.resolve();
    });
  } finally {
    await scan.close();
  }
  return new Map([...from].map(([partition, end]) => [partition, starts.get(partition) ?? end]));
}

async function noteStarts(auth: pg.Client, topic: string, starts: Offsets): Promise<void> {
  await auth.query(
    `insert into marking_start (topic, partition, first_offset) select $1, * from unnest($2::int[], $3::bigint[])
     on conflict (topic, partition) do update set first_offset = excluded.first_offset, noted_at = excluded.noted_at`,
    [topic, [...starts.keys()], [...starts.values()]],
  );
}

function report(topic: string, { published, starts }: Remarked, { json }: Pick<RemarkOptions, 'json'>, tool: Tool): void {
  if (json) return printJson(tool, { topic, published, starts: Object.fromEntries(starts) });
  print(tool, `${published.toLocaleString('en')} logins were published with a mark.`);
  print(tool, 'Give EVENT_MAC_KEYS to the auth apps now, if they lack it.');
}
