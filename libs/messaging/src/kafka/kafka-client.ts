import { createRequire } from 'node:module';
import { Kafka, logLevel, type KafkaConfig, type SASLOptions } from 'kafkajs';
import type { ConnectionOptions } from 'node:tls';
import type { Logger } from '@nestjs/common';
import { AbortableConnections } from './abortable-connections.js';
import { reauthenticateInTime } from './reauthentication.js';
import { seedAddress } from './seed-address.js';
import { registerCodecs } from './codecs.js';
import { decodeFetches } from './fetch-decoder.js';

const require = createRequire(import.meta.url);

/** How to reach the cluster. */
interface KafkaSettings {
  /** `host:port` of some brokers; the client finds the others through them. */
  brokers: string[];
  clientId: string;
  /** Read for each connection: a getter returns a renewed certificate. */
  ssl?: boolean | ConnectionOptions | undefined;
  sasl?: SASLOptions | undefined;
}

/** Longest wait for one broker answer, in milliseconds; the relay's lease depends on it. */
export const REQUEST_TIMEOUT_MS = 3_000;

/** A kafkajs client that logs to the given logger, with one retry and short timeouts. */
export function createKafka(settings: KafkaSettings, logger: Pick<Logger, 'debug'>): Kafka {
  stopIdleTimers();
  reauthenticateInTime();
  registerCodecs();
  decodeFetches();
  return new Kafka({
    clientId: settings.clientId,
    brokers: settings.brokers.map(seedAddress),
    ...(settings.ssl ? { ssl: settings.ssl } : {}),
    ...(settings.sasl ? { sasl: settings.sasl } : {}),
    connectionTimeout: 2_000,
    requestTimeout: REQUEST_TIMEOUT_MS,
    enforceRequestTimeout: true,
    socketFactory: AbortableConnections.socketFactory,
    retry: { retries: 1, initialRetryTime: 100 },
    logLevel: logLevel.ERROR,
    logCreator: () => (entry) => logger.debug({ kafkajs: entry.namespace, detail: entry.log.message }),
  } satisfies KafkaConfig);
}

/** The partition that Java's default partitioner gives a key: murmur2 of its bytes. */
export const partitionOf = (key: string | Buffer, partitions: number): number => (murmur2(key) & 0x7fffffff) % partitions;

const SEED = 0x9747b28c;
const FACTOR = 0x5bd1e995;

/** As Java's client computes it; kafkajs's own costs twenty times as much, for each record, because it counts in 64 bits. */
function murmur2(key: string | Buffer): number {
  const bytes = typeof key === 'string' ? Buffer.from(key) : key;
  const whole = bytes.length & ~3;
  let hash = SEED ^ bytes.length;
  for (let at = 0; at < whole; at += 4) {
    const word = Math.imul(bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24), FACTOR);
    hash = Math.imul(hash, FACTOR) ^ Math.imul(word ^ (word >>> 24), FACTOR);
  }
  for (let at = bytes.length - 1; at >= whole; at--) {
    hash ^= bytes[at]! << (8 * (at - whole));
    if (at === whole) hash = Math.imul(hash, FACTOR);
  }
  hash = Math.imul(hash ^ (hash >>> 13), FACTOR);
  return hash ^ (hash >>> 15);
}

interface RequestQueuePrototype {
  pending: unknown[];
  scheduleCheckPendingRequests(this: RequestQueuePrototype): void;
}

let patched = false;

/** Trap: kafkajs re-arms a timer each millisecond while no request waits, which costs 5 % of a core per process (kafkajs#1751). */
function stopIdleTimers(): void {
  if (patched) return;
  patched = true;
  const { prototype } = require('kafkajs/src/network/requestQueue') as { prototype: RequestQueuePrototype };
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its `this` below
  const schedule = prototype.scheduleCheckPendingRequests;
  prototype.scheduleCheckPendingRequests = function (this: RequestQueuePrototype) {
    if (this.pending.length > 0) schedule.call(this);
  };
}
