import { expect, it } from '@jest/globals';
import type { FastifyRequest } from 'fastify';
import { pino } from 'pino';
import { requestLog } from './request-log.js';

const END = { status: 200, ms: 1.26 };
const request = (more: object) =>
  ({
    id: 'a"b',
    method: 'POST',
    url: '/x/"ä"?name=Ann',
    span: null,
    ip: '::ffff:127.0.0.1',
    ...more,
  }) as unknown as FastifyRequest;

/** The line of a request, its time replaced. */
function lineOf(...[logged, describe]: [FastifyRequest, Parameters<typeof requestLog>[1]?]): string {
  const lines: string[] = [];
  const logger = pino({ base: { name: 'gateway' } }, { write: (line: string) => void lines.push(line) });
  requestLog(logger, describe)(logged, END);
  return lines.join('').replace(/"time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"/, '"time":"now"');
}

it('when a request is answered / its log line has its id, path, status, time and address, and no query', () => {
  expect(lineOf(request({}))).toBe(
    String.raw`{"level":"info","time":"now","name":"gateway","requestId":"a\"b","method":"POST","path":"/x/\"ä\"","status":200,"ms":1.3,"address":"127.0.0.1","msg":"request"}` +
      '\n',
  );
});

it.each(['http', 'ftp', 'svn+ssh'])(
  'when a target of %s is in the form for a proxy / its log line has its path alone',
  (scheme) => {
    expect(lineOf(request({ url: `${scheme}://ann:secret@host/x?name=Ann` }))).toContain('"path":"/x",');
  },
);

it('when a token stands in the path / it is left out of the log line', () => {
  expect(lineOf(request({ url: `/tokens/csync_${'a'.repeat(72)}/end` }))).toContain('"path":"/tokens/…/end",');
});

it('when the app names its callers and traces requests / the line has the actor and the ids of the span', () => {
  const span = { traceId: 't', spanId: 's' };
  expect(lineOf(request({ span }), () => ({ actor: '7', address: 'hash' }))).toBe(
    String.raw`{"level":"info","time":"now","name":"gateway","requestId":"a\"b","trace_id":"t","span_id":"s","method":"POST","path":"/x/\"ä\"","status":200,"ms":1.3,"actor":"7","address":"hash","msg":"request"}` +
      '\n',
  );
});

it('when the level of the log is above info / a request has no line', () => {
  const lines: string[] = [];
  requestLog(pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) }))(request({}), END);
  expect(lines).toEqual([]);
});
