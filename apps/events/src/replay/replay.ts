import { WrongUsage } from '../events.errors.js';
import { fullTopic } from '../options/topics.js';
import type { Tool } from '../tool.js';
import { judgeOf } from '../reading/authenticity.js';
import type { ReplayOptions } from './replay.options.js';
import { FileSource, topicSource, type ReplaySource } from './replay-source.js';
import { replayToGroup } from './replay-to-group.js';
import { openTarget, replayToTopic } from './replay-to-topic.js';
import { showEffect } from './show-effect.js';

export async function replay(file: string | undefined, options: ReplayOptions, tool: Tool): Promise<void> {
  if (options.toGroup !== undefined) return replayToGroup(requireRange(file, options), options.toGroup, options, tool);
  if (options.toTopic === undefined && !options.dryRun)
    throw new WrongUsage('Say where to: --to-topic or --to-group; or --dry-run, to see what the auth app would take.');
  const target = options.toTopic === undefined ? undefined : await openTarget(fullTopic(tool.env, options.toTopic), tool);
  const source = await sourceOf(file, options, tool);
  try {
    if (target) await replayToTopic(source, target, options, tool);
    else await showEffect(source, options, tool);
  } finally {
    await source.close();
  }
}

async function sourceOf(file: string | undefined, options: ReplayOptions, tool: Tool): Promise<ReplaySource> {
  const { env } = tool;
  if (file === undefined) return topicSource(fullTopic(env, requireRange(file, options)), options, tool);
  // A recording of another deployment has another prefix: `logins` also means its topic of logins.
  const isTopic = (recorded: string, named: string): boolean =>
    recorded === fullTopic(env, named) ||
    (named !== fullTopic(env, named) && recorded.endsWith(`.${nameOf(fullTopic(env, named))}`));
  return new FileSource(file, { ...options, topic: options.topic }, isTopic, judgeOf(env));
}

const nameOf = (topic: string): string => topic.split('.').slice(1).join('.');

function requireRange(file: string | undefined, { topic }: ReplayOptions): string {
  if (file !== undefined)
    throw new WrongUsage('A group reads from Kafka: replay the file to a topic, then have the group read that.');
  if (topic === undefined) throw new WrongUsage('Say what to replay: a file, or --topic.');
  return topic;
}
