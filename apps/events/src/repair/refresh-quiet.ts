import { counted } from '#app/terminal';
import { requireYes } from '../ask.js';
import { audited } from '../audit/audited.js';
import { kafkaOf } from '../connections.js';
import { judgeOf } from '../reading/authenticity.js';
import { print, printJson, type Tool } from '../tool.js';
import { TopicReader } from '../reading/topic-reader.js';
import { runTaskOf } from './app-task.js';
import { QuietPartitions, type LastLogin } from './quiet-partitions.js';

/** The events of this command name it in their request id. */
const COMMAND = 'refresh-quiet';

export interface RefreshQuietOptions {
  /** Partitions without a record since this time; milliseconds since 1970. */
  since: number;
  dryRun?: boolean;
  yes?: boolean;
  json?: boolean;
}

/** Publishes the last login of each quiet partition again, so that Kafka closes the segment before it and compacts it. */
export async function refreshQuiet({ since, dryRun, yes, json }: RefreshQuietOptions, tool: Tool): Promise<void> {
  const { env, signal } = tool;
  const topics = [env.topic('portal-logins.v1')];
  const reader = await TopicReader.open({ kafka: kafkaOf(env), topics, signal, judge: judgeOf(env) });
  const found = await new QuietPartitions(reader, COMMAND).since(since).finally(() => reader.close());
  const published = dryRun || found.length === 0 ? 0 : await publishAgain(found, yes, tool);
  if (json) return printJson(tool, { quiet: found, published });
  for (const { partition, contactId } of found)
    print(tool, `Partition ${partition} is quiet; its last login is of contact ${contactId}.`);
  print(tool, `${counted(found.length, 'quiet partition')}, ${counted(published, 'login')} published again.`);
}

interface Published {
  published: number;
}

async function publishAgain(found: readonly LastLogin[], yes: boolean | undefined, tool: Tool): Promise<number> {
  await requireYes(tool, `Publish ${counted(found.length, 'login')} again, as the gateway has them?`, yes);
  const logins = found.map(({ contactId, version, isRemoved }) => ({ contactId, above: version, existed: !isRemoved }));
  const input = { command: COMMAND, logins, companies: [] };
  const outcome = (done: Published): object => done;
  const { published } = await audited(tool, { name: COMMAND, outcome }, () =>
    runTaskOf<Published>({ script: 'gateway/src/repair.js', args: ['republish'], input }, tool),
  );
  return published;
}
