import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { StartFailed } from '#app/system';
import { GatewayClient } from './gateway-client.js';

let server: Server;
let client: GatewayClient;
/** Status and Retry-After of the next answers; then each is 201. */
let answers: [status: number, after: string][];
let requests: Pick<IncomingMessage, 'method' | 'url' | 'headers'>[];
/** What a person is told. */
let told: string[];

beforeAll(async () => {
  server = createServer((request, response) => {
    requests.push(request);
    const [status, after] = answers.shift() ?? [201, undefined];
    response.writeHead(status, after === undefined ? {} : { 'retry-after': after }).end('{"data":{"id":1}}');
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  client = new GatewayClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 'token', (text) => told.push(text));
});
afterAll(() => void server.close());
beforeEach(() => {
  answers = [];
  requests = [];
  told = [];
});

describe('a request of the local run to its gateway', () => {
  it.each([429, 503])('when it is answered with %i and Retry-After / is sent again under its key', async (status) => {
    answers = [
      [status, '0'],
      [status, '0'],
    ];
    expect(await client.post('/companies', { name: 'Acme Corp' })).toEqual({ id: 1 });
    expect(requests).toHaveLength(3);
    expect(new Set(requests.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
  });

  it('when it is to wait / says for what and how long', async () => {
    answers = [
      [429, '0'],
      [503, '0'],
    ];
    await client.post('/companies', { name: 'Acme Corp' });
    expect(told).toEqual([
      'The gateway has had as many requests as API_RATE_LIMIT allows it a minute: it is asked again in 0 s.',
      'The gateway answered 503: it is asked again in 0 s.',
    ]);
  });

  it('when it is to wait for longer than two minutes / fails', async () => {
    answers = [[429, '121']];
    await expect(client.post('/companies', {})).rejects.toThrow(StartFailed);
    expect(requests).toHaveLength(1);
    expect(told).toEqual([]);
  });
});
