import type { LogPosition } from '#app/messaging/light';
import { counted } from '#app/terminal';
import type { Kafka } from 'kafkajs';
import { audited } from '../audit/audited.js';
import { requireYes } from '../ask.js';
import { kafkaOf } from '../connections.js';
import { Interrupted, Refused } from '../events.errors.js';
import { eventTopics, fullTopic } from '../options/topics.js';
import { progressOf } from '../progress.js';
import { note, print, printJson, type Tool } from '../tool.js';
import { judgeOf } from '../reading/authenticity.js';
import { currentEnd, readEnds, restoreNewest, type LiveEnds, type LiveTopic } from './live-topic.js';
import { createCopy, topicState } from './copy-topic.js';
import { sendRecords } from './record-sender.js';
import { astrayKeys, foreignNames, refusalOf, surveyOf, type ReplayPlan } from './replay-plan.js';
import type { ReplaySource } from './replay-source.js';
import type { ReplayOptions } from './replay.options.js';

/** Ctrl-C does not abort what a live topic still needs. */
const NEVER = new AbortController().signal;

/** The topic that a replay goes to. */
export interface ReplayTarget {
  live: LiveTopic;
  /** The end of a live topic before the source is opened; undefined for another topic. */
  liveEnd: LogPosition | undefined;
}

/**
 * Looks at the target before the source is opened: a source that goes up to the end of a live topic then has all that the topic is
 * judged by. What the gateway publishes later is no reason to refuse: the newest versions go behind once more.
 */
export async function openTarget(topic: string, { env, signal }: Tool): Promise<ReplayTarget> {
  if (topic === fullTopic(env, 'dead-letters'))
    throw new Refused('Dead letters are redriven, not replayed: dead-letters redrive.');
  const isLive = eventTopics(env).includes(topic);
  const live = { kafka: kafkaOf(env), topic, signal, judge: judgeOf(env), partitions: isLive ? env.partitions : undefined };
  return { live, liveEnd: isLive ? await currentEnd(live) : undefined };
}

export async function replayToTopic(
  source: ReplaySource,
  { live, liveEnd }: ReplayTarget,
  options: ReplayOptions,
  tool: Tool,
): Promise<void> {
  const { env, signal } = tool;
  const { kafka, topic } = live;
  const isLive = liveEnd !== undefined;
  const survey = await surveyOf(source, isLive);
  if (survey.records === 0) throw new Refused(`There is nothing to replay in that range of ${source.name}.`);
  const before = isLive ? await readEnds(live, survey.keys, { until: liveEnd }) : undefined;
  const astray = before ? astrayKeys(survey.ends, before.ends) : [];
  const foreign = isLive ? foreignNames(survey.names, (name) => env.topic(name) === topic) : [];
  const { records, unreadable } = survey;
  const plan: ReplayPlan = { records, keys: survey.keys.size, unreadable, foreign, astray };
  const refusal = isLive ? refusalOf(topic, plan) : undefined;
  if (options.dryRun) return tellPlan(plan, { source, topic, isLive, refusal }, options, tool);
  if (refusal !== undefined) throw new Refused(refusal);
  await prepare(kafka, { topic, isLive, plan }, options, tool);
  const details = { from: source.name, records: plan.records, sent: 0, newest_sent_again: 0 };
  const sent = await audited(tool, { name: 'replay', target: `topic:${topic}`, details }, async () => {
    const count = await send(source, live, { details, before, keys: survey.keys }, options, tool);
    if (!signal.aborted || count === plan.records) return count;
    note(tool, `Stopped after ${counted(count, 'record')} of ${plan.records.toLocaleString('en')}.`);
    throw new Interrupted();
  });
  if (options.json) return printJson(tool, { topic, records: sent, contacts: plan.keys });
  print(tool, `${counted(sent, 'record')} of ${counted(plan.keys, 'contact')} replayed to ${topic}.`);
}

interface Target {
  topic: string;
  isLive: boolean;
  plan: ReplayPlan;
}

/** Makes sure that the topic exists, and asks if new and old records would look the same. */
async function prepare(kafka: Kafka, { topic, isLive, plan }: Target, options: ReplayOptions, tool: Tool): Promise<void> {
  const state = await topicState(kafka, topic);
  if (state === 'missing') {
    if (!options.create) throw new Refused(`There is no topic ${topic}: --create makes it.`);
    await createCopy(kafka, topic, options.topic ?? 'contacts', tool.env);
    return note(tool, `Topic ${topic} made.`);
  }
  if (state === 'empty' && !isLive) return;
  const kind = isLive ? 'which the apps and subscribers read' : 'which holds records already';
  const question = `${counted(plan.records, 'record')} will be added to ${topic}, ${kind}, at ${tool.env.kafka.brokers.join(', ')}. They can't be taken back.`;
  await requireYes(tool, question, options.yes);
}

/** What the audit trail has of a replay, also of one that failed or was interrupted. */
interface SentCounts {
  records: number;
  sent: number;
  newest_sent_again: number;
}

/** Sends all, and counts it; on a live topic each contact ends on its newest version, also after an aborted sending. */
async function send(
  source: ReplaySource,
  live: LiveTopic,
  { details, before, keys }: { details: SentCounts; before: LiveEnds | undefined; keys: ReadonlySet<string> },
  { rate }: ReplayOptions,
  tool: Tool,
): Promise<number> {
  const progress = progressOf(tool, details.records);
  const onSent = (records: number): void => {
    details.sent += records;
    progress?.(records);
  };
  try {
    return await sendRecords(live.kafka, source.records(), { ...live, rate, onSent });
  } finally {
    if (before) details.newest_sent_again = await restoreNewest({ ...live, signal: NEVER }, keys, before);
    if (details.newest_sent_again > 0)
      note(tool, `${counted(details.newest_sent_again, 'newest version')} went behind once more.`);
  }
}

function tellPlan(
  plan: ReplayPlan,
  { source, topic, isLive, refusal }: { source: ReplaySource; topic: string; isLive: boolean; refusal: string | undefined },
  { json }: ReplayOptions,
  tool: Tool,
): void {
  if (json) return printJson(tool, { dry_run: true, topic, live: isLive, ...plan, refused: refusal ?? null });
  print(tool, `${counted(plan.records, 'record')} of ${counted(plan.keys, 'contact')} of ${source.name} would go to ${topic}.`);
  if (refusal !== undefined) print(tool, `It would be refused. ${refusal}`);
  print(tool, 'Nothing was written.');
}
