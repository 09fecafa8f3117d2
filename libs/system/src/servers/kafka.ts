import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startChild, stopLeftover, type RunningChild } from '../processes/child.js';
import { withUtf8 } from '../env.js';
import { kafkaCommand, linkJars, type KafkaJars } from './kafka-java.js';
import { loggingProperties, serverProperties, type BrokerSettings, type ClusterMember } from './kafka-settings.js';
import { followLog, lastLines } from './log-file.js';
import { freePort, requirePort } from './ports.js';
import { runProgram } from '../processes/run-program.js';
import { StartFailed } from './start-failed.js';
import { stopPlan } from '../processes/stop-process.js';
import type { Watchdog } from '../processes/watchdog.js';

const READY_TIMEOUT_MS = 60_000;
const POLL_MS = 25;
const STARTED = 'Kafka Server started';
/** Names in a broker's folder, where it runs: a whole path could hold what its settings read as a list, or as an escape. */
const LOGS = 'logs';
const SETTINGS = 'server.properties';
/** Java ignores it; it tells this broker's process from others. */
const MARK = 'contact-sync.broker';
const STOP_PLAN = stopPlan('SIGTERM', 5_000);

/** Who may sign in with a password. */
export interface KafkaUser {
  name: string;
  /** Letters and digits. */
  password: string;
}

/** Where and how an embedded Kafka runs. */
export interface KafkaOptions {
  /** An absolute path; made at the first start. */
  dataDir: string;
  port: number;
  logFile: string;
  pidFile: string;
  jars: KafkaJars;
  /** Override the settings of every embedded broker. */
  settings?: BrokerSettings;
  /** Set for a node in a cluster; all nodes start together, since a node is ready only with a majority. */
  member?: ClusterMember;
  /** Users of SCRAM-SHA-512 that the storage has from the beginning. */
  users?: readonly KafkaUser[];
  /** Further options of Java; they override the usual ones. */
  jvmFlags?: readonly string[];
}

/** A broker that answers. */
export interface RunningKafka extends RunningChild {
  /** `host:port`. */
  readonly broker: string;
}

/**
 * Starts a single-node Kafka on 127.0.0.1 and waits until it answers. First it stops the leftover of an earlier run on the same data.
 * Topics are made explicitly, never by first use.
 * @throws {StartFailed}
 */
export async function startKafka(options: KafkaOptions, watchdog: Watchdog): Promise<RunningKafka> {
  const { dataDir, port, logFile, pidFile, jars, jvmFlags = [] } = options;
  const propertiesFor = (folder: string): string => serverProperties(folder, port, controllerPort, options);
  await stopLeftover({ name: 'Kafka', pidFile, plan: STOP_PLAN });
  await requirePort('Kafka', port, 'KAFKA_PORT');
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  linkJars(jars, dataDir);
  const { member } = options;
  const controllerPort = member?.controllerPorts[member.nodeId - 1] ?? (await freePort());
  await formatStorage(options, propertiesFor, watchdog);
  writeFileSync(join(dataDir, SETTINGS), propertiesFor(LOGS));
  const marker = `-D${MARK}=${dataDir}`;
  const flags = [marker, ...loggingFlags(dataDir), ...jvmFlags];
  const [command, ...args] = kafkaCommand(jars, 'kafka.Kafka', flags, [SETTINGS]);
  const log = followLog(logFile);
  const child = await startChild(
    { name: 'Kafka', command, args, cwd: dataDir, env: withUtf8(), logFile, pidFile, marker, plan: STOP_PLAN, rank: 0 },
    watchdog,
  );
  const failure = await untilStarted(log, child);
  if (failure === null) return { ...child, broker: `127.0.0.1:${port}` };
  await child.stop();
  throw new StartFailed(`Kafka did not start. ${failure}\n${lastLines(log(), 8)}`, logFile);
}

/** Makes the storage unless it exists. After an interruption it exists whole or not at all. */
async function formatStorage(
  { dataDir, jars, member, users = [] }: KafkaOptions,
  propertiesFor: (folder: string) => string,
  watchdog: Watchdog,
): Promise<void> {
  const logs = join(dataDir, LOGS);
  if (existsSync(join(logs, 'meta.properties'))) return;
  const fresh = `${logs}.new`;
  rmSync(fresh, { recursive: true, force: true });
  const settings = `${LOGS}.new.properties`;
  writeFileSync(join(dataDir, settings), propertiesFor(`${LOGS}.new`));
  const args = ['format', '--cluster-id', member?.clusterId ?? newClusterId(), '--config', settings];
  if (!member) args.push('--standalone');
  for (const { name, password } of users) args.push('--add-scram', `SCRAM-SHA-512=[name=${name},password=${password}]`);
  const command = kafkaCommand(jars, 'kafka.tools.StorageTool', loggingFlags(dataDir), args);
  await runProgram(command, watchdog, { cwd: dataDir, env: withUtf8() });
  rmSync(join(dataDir, settings));
  renameSync(fresh, logs);
}

/** 16 bytes in base64url that don't begin with a hyphen, which would read as an option. */
export function newClusterId(): string {
  const bytes = randomBytes(16);
  bytes[0] = bytes[0]! & 0x7f;
  return bytes.toString('base64url');
}

function loggingFlags(dataDir: string): string[] {
  const file = 'log4j2.properties';
  writeFileSync(join(dataDir, file), loggingProperties());
  return [`-Dlog4j2.configurationFile=${file}`, '-XX:ErrorFile=hs_err_%p.log'];
}

/** Null once the broker has started and its controller has accepted it; else what is wrong. */
async function untilStarted(log: () => string, { exited }: RunningChild): Promise<string | null> {
  let ended = false;
  void exited.then(() => (ended = true));
  for (const deadline = Date.now() + READY_TIMEOUT_MS; Date.now() < deadline; await sleep(POLL_MS)) {
    if (log().includes(STARTED)) return null;
    if (ended) return 'It ended at once.';
  }
  return `It was not ready within ${READY_TIMEOUT_MS / 1000} s.`;
}
