import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** A protocol request, with its encoder and the decoder of its answer. */
export interface Protocol<Answer> {
  request: { apiKey: number; apiVersion: number; apiName: string; encode: () => Promise<unknown> };
  response: { decode: (bytes: Buffer) => Promise<Answer>; parse: (answer: Answer) => Promise<Answer> };
}
type Definition = Record<string, never>;

/** The part of kafkajs's broker that sends own requests. */
export interface RequestTarget {
  lookupRequest(apiKey: number, definition: Definition): (options: object) => Protocol<never>;
  connectionPool: { send<Answer>(protocol: Protocol<Answer>): Promise<Answer> };
}

const apiKeys = require('kafkajs/src/protocol/requests/apiKeys') as Record<string, number>;
const { requests } = require('kafkajs/src/protocol/requests') as { requests: Record<string, Definition> };
const { createErrorFromCode } = require('kafkajs/src/protocol/error') as { createErrorFromCode: (code: number) => Error };

/**
 * Sends a protocol request and returns the whole answer, error codes included.
 *
 * Trap: kafkajs throws the first error code of an answer, and drops the answer's results for all other partitions.
 */
export function sendUnjudged<Answer>(broker: RequestTarget, name: 'Metadata', options: object): Promise<Answer> {
  const { request, response } = broker.lookupRequest(apiKeys[name]!, requests[name]!)(options);
  return broker.connectionPool.send<Answer>({ request, response: { ...response, parse: (answer) => Promise.resolve(answer) } });
}

/** The broker's error for a code other than 0; its `type` is the protocol's name. */
export const brokerError = (code: number): Error & { type?: string } => createErrorFromCode(code);
