import { execFile, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { Logger } from '@nestjs/common';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { readRecordedFile, type HistoryRecord } from '@contact-sync/contracts/testing';
import { topicOf } from '#app/contracts';
import { createKafka, ensureTopics } from '#app/messaging';
import { eventually, publishRecords, testServers, uniqueTopicPrefix } from '#app/system/testing';
import { readHistory, readHistoryState } from '../test/recorded-history.js';

const BUILD_MS = 300_000;
const KAFKA_JARS = resolve('.cache/kafka/lib/*');

/** A sample in another language: how its source is built into a folder, and how that is run. */
interface Sample {
  language: string;
  source: string;
  /** Says whether the tools are here. */
  version: [string, ...string[]];
  build: (target: string) => [string, ...string[]];
  run: (target: string) => [string, ...string[]];
}

const SAMPLES: readonly Sample[] = [
  {
    language: 'Java',
    source: 'samples/java',
    version: ['javac', '-version'],
    build: (target) => ['javac', '-cp', KAFKA_JARS, '-d', target, 'MailingList.java'],
    run: (target) => ['java', '-XX:TieredStopAtLevel=1', '-cp', `${target}:${KAFKA_JARS}`, 'MailingList'],
  },
  {
    language: 'Go',
    source: 'samples/go',
    version: ['go', 'version'],
    build: (target) => ['go', 'build', '-buildvcs=false', '-o', join(target, 'mailing-list'), '.'],
    run: (target) => [join(target, 'mailing-list')],
  },
];

const call = ([program, ...args]: [string, ...string[]], options: { cwd?: string } = {}) =>
  promisify(execFile)(program, args, { ...options, encoding: 'utf8', maxBuffer: 2 ** 26 });
const isHere = ([program, ...args]: [string, ...string[]]) => spawnSync(program, args).status === 0;

/** Builds a sample, once for each state of its source. */
async function built({ source, build }: Sample): Promise<string> {
  const digest = createHash('sha256');
  const files = readdirSync(source, { withFileTypes: true }).filter((entry) => entry.isFile());
  for (const { name } of files.sort((a, b) => (a.name < b.name ? -1 : 1))) digest.update(readFileSync(join(source, name)));
  const target = resolve('.cache/samples', `${source.split('/').at(-1)}-${digest.digest('hex').slice(0, 12)}`);
  if (!existsSync(target)) await call(build(target), { cwd: source });
  return target;
}

const brokers = testServers().brokers;

/** The contacts topic of a new prefix, with these records. */
async function published(records: readonly HistoryRecord[]): Promise<string> {
  const prefix = uniqueTopicPrefix();
  const kafka = createKafka({ brokers, clientId: 'test' }, new Logger('Kafka'));
  await ensureTopics(kafka, { prefix, partitions: 3, replicationFactor: 1, minInsyncReplicas: 1 });
  await publishRecords(brokers, prefix, records);
  return topicOf('contacts.v1', prefix);
}

let recorded: HistoryRecord[];
let short: string;
let long: string;
beforeAll(async () => {
  recorded = await readRecordedFile('samples/recorded.jsonl');
  short = await published(recorded);
  long = await published(await readHistory());
});

describe.each(SAMPLES)('the mailing list in $language', (sample) => {
  const isThere = isHere(sample.version);
  if (!isThere) console.warn(`${sample.source} is NOT TESTED here: there is no ${sample.version[0]} on the path.`);
  const test = isThere ? it : it.skip;

  test(
    'when it reads recorded events from Kafka / its list equals that of the other languages',
    async () => {
      const [program, ...args] = sample.run(await built(sample));
      const list = async (topic: string): Promise<unknown> =>
        JSON.parse((await call([program, ...args, brokers.join(','), topic])).stdout);
      expect(await list(short)).toEqual({
        1: { name: 'Ann Lee', email: 'ann.lee@acme.example' },
        4: { name: 'Dora', email: 'dora@acme.example' },
      });
      const contacts = Object.entries(readHistoryState().contacts);
      const members = contacts.flatMap(([id, { name, email }]) => (email === null ? [] : [[id, { name: name ?? '', email }]]));
      expect(await list(long)).toEqual(Object.fromEntries(members));
    },
    BUILD_MS,
  );

  test(
    'when there is no such topic / fails, and prints no list',
    async () => {
      const [program, ...args] = sample.run(await built(sample));
      const topic = `${uniqueTopicPrefix()}.contacts.v1`;
      await expect(call([program, ...args, brokers.join(','), topic])).rejects.toMatchObject({ code: 1, stdout: '' });
    },
    BUILD_MS,
  );
});

describe('the mailing list in Python, which follows Kafka', () => {
  const isThere = isHere(['python3', '-c', 'import confluent_kafka']);
  if (!isThere) console.warn('samples/mailing_list.py is NOT TESTED with Kafka here: confluent-kafka is not installed.');
  const test = isThere ? it : it.skip;

  function follow(topic: string) {
    const child = spawn('python3', ['samples/mailing_list.py', brokers.join(','), topic], { stdio: ['ignore', 'pipe', 'pipe'] });
    const said = { out: '', err: '' };
    child.stdout.on('data', (part: Buffer) => (said.out += part.toString()));
    child.stderr.on('data', (part: Buffer) => (said.err += part.toString()));
    const ended = once(child, 'close').then(([code]) => code as number | null);
    return { said, ended, stop: () => child.kill('SIGKILL') };
  }

  test('when two run at once / each reads all records', async () => {
    const lists = [follow(short), follow(short)];
    const { length: all } = recorded.filter(({ topic }) => topic === 'contact-sync.contacts.v1');
    try {
      const read = () => lists.map(({ said }) => said.out.split('\n').length - 1);
      await eventually(() => expect(read()).toEqual([all, all]));
      for (const { said } of lists) expect(said.out).toMatch(/\n2 members\n$/);
    } finally {
      for (const { stop } of lists) stop();
      await Promise.all(lists.map(({ ended }) => ended));
    }
  });

  test('when there is no such topic / says so, and ends', async () => {
    const { said, ended, stop } = follow(`${uniqueTopicPrefix()}.contacts.v1`);
    try {
      await eventually(() => expect(said.err).toMatch(/KafkaException[^]*UNKNOWN_TOPIC_OR_PART/));
      expect(await ended).toBe(1);
    } finally {
      stop();
    }
  });
});
