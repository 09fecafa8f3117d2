import { setGroupOffsets } from '#app/messaging/light';
import { counted, table } from '#app/terminal';
import type { Admin } from 'kafkajs';
import { audited } from '../audit/audited.js';
import { requireYes } from '../ask.js';
import { kafkaOf } from '../connections.js';
import { Refused } from '../events.errors.js';
import { fullTopic } from '../options/topics.js';
import { print, printJson, type Tool } from '../tool.js';
import type { ReplayOptions } from './replay.options.js';
import { topicSource } from './replay-source.js';

/** A group's current and new position in a partition. */
interface Move {
  partition: number;
  /** Null if the group has no offset yet. */
  from: number | null;
  to: number;
  end: number;
}

/** Groups without a running member; only these accept offsets from outside. */
const IDLE = ['Empty', 'Dead'];

export async function replayToGroup(named: string, group: string, options: ReplayOptions, tool: Tool): Promise<void> {
  const { env } = tool;
  if (group === env.consumerGroup)
    throw new Refused(
      `${group} is the auth app's, which keeps its offsets in its own database: rebuild auth starts it from zero.`,
    );
  if ((options.until ?? options.toOffset ?? options.contact ?? options.company) !== undefined)
    throw new Refused('A group reads on to the end, and everything: name no end of the range, no contact and no company.');
  const topic = fullTopic(env, named);
  const kafka = kafkaOf(env);
  const admin = kafka.admin();
  await admin.connect();
  try {
    const moves = await movesOf(admin, { topic, group }, options, tool);
    await requireIdle(admin, group);
    if (options.json && options.dryRun) return printJson(tool, { dry_run: true, group, topic, partitions: moves });
    if (!options.json) print(tool, describe(moves));
    if (options.dryRun) return print(tool, 'Nothing was changed.');
    const isMoved = moves.some(({ from, to }) => from !== null && from !== to);
    await requireYes(tool, `${group} will read ${topic} on from there.`, options.yes || !isMoved);
    const offsets = moves.map(({ partition, to }) => [partition, to] as const);
    await audited(
      tool,
      { name: 'replay', target: `group:${group}`, details: { topic, offsets: Object.fromEntries(offsets) } },
      () => setGroupOffsets(kafka, group, topic, new Map(offsets)),
    );
    if (options.json) return printJson(tool, { group, topic, partitions: moves });
    print(tool, `${group} reads on from there.`);
  } finally {
    await admin.disconnect();
  }
}

async function movesOf(
  admin: Admin,
  { topic, group }: { topic: string; group: string },
  options: ReplayOptions,
  tool: Tool,
): Promise<Move[]> {
  const source = await topicSource(topic, options, tool);
  await source.close();
  const [held] = await admin.fetchOffsets({ groupId: group, topics: [topic] });
  const offsets = new Map(held?.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
  return source.stretch.from.flatMap((to, partition) => {
    if (options.partition && !options.partition.includes(partition)) return [];
    const offset = offsets.get(partition) ?? -1;
    return [{ partition, from: offset < 0 ? null : offset, to, end: source.stretch.to[partition]! }];
  });
}

async function requireIdle(admin: Admin, group: string): Promise<void> {
  const { groups } = await admin.describeGroups([group]);
  const { state = 'Dead', members = [] } = groups[0] ?? {};
  if (!IDLE.includes(state)) throw new Refused(`${group} has ${counted(members.length, 'running member')}: stop them first.`);
}

const describe = (moves: readonly Move[]): string =>
  table([
    ['PARTITION', 'IS AT', 'WOULD BE AT', 'END', 'TO READ'],
    ...moves.map(({ partition, from, to, end }) => [partition, from ?? '-', to, end, end - to].map(String)),
  ]);
