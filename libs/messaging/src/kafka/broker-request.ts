import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** A request in the encoding of the protocol, and how its answer is read. */
export interface Protocol<Answer> {
  request: { apiKey: number; apiVersion: number; apiName: string; encode: () => Promise<unknown> };
  response: { decode: (bytes: Buffer) => Promise<Answer>; parse: (answer: Answer) => Promise<Answer> };
}
type Definition = Record<string, never>;

/** What is used of kafkajs' broker to send a request of one's own. */
export interface RequestTarget {
  lookupRequest(apiKey: number, definition: Definition): (options: object) => Protocol<never>;
  connectionPool: { send<Answer>(protocol: Protocol<Answer>): Promise<Answer> };
}

const apiKeys = require('kafkajs/src/protocol/requests/apiKeys') as Record<string, number>;
const { requests } = require('kafkajs/src/protocol/requests') as { requests: Record<string, Definition> };
const { createErrorFromCode } = require('kafkajs/src/protocol/error') as { createErrorFromCode: (code: number) => Error };

/**
 * Sends a request of the protocol and gives its answer as it is, error codes included.
 *
 * Trap: kafkajs throws the first error code of an answer, and with it what the answer says of all other partitions.
 */
export function sendUnjudged<Answer>(broker: RequestTarget, name: 'Metadata', options: object): Promise<Answer> {
  const { request, response } = broker.lookupRequest(apiKeys[name]!, requests[name]!)(options);
  return broker.connectionPool.send<Answer>({ request, response: { ...response, parse: (answer) => Promise.resolve(answer) } });
}

/** The broker's error of a code that is not 0; its `type` is the name of the protocol. */
export const brokerError = (code: number): Error & { type?: string } => createErrorFromCode(code);
