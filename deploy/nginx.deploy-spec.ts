import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, freePort } from '#app/system/testing';
import { TestGateway, TOKEN } from '../test/gateway.harness.js';
import { hasProgram, missing } from './manifests/missing.js';

/** The configuration in docs/recipes.md. */
const [, RECIPE = ''] = /```nginx\n([^]*?)```/.exec(readFileSync('docs/recipes.md', 'utf8')) ?? [];
const folder = mkdtempSync(join(tmpdir(), 'contact-sync-nginx-'));

describe('a gateway behind nginx, configured as docs/recipes.md says', () => {
  if (!hasProgram('nginx')) {
    it('when nginx is missing / is not checked on this machine', () => missing('nginx', 'apt install nginx'));
    return;
  }
  let gateway: TestGateway;
  let nginx: ChildProcess;
  let base: string;

  beforeAll(async () => {
    gateway = await TestGateway.start({ KEEP_ALIVE_SECONDS: '4', TRUST_PROXY: '127.0.0.1' });
    const port = await freePort();
    base = `http://127.0.0.1:${port}/external/api/v1`;
    nginx = startNginx(port);
    await eventually(async () => expect((await fetch(base)).status).toBe(404));
  });
  afterAll(async () => {
    nginx?.kill('SIGTERM');
    await (nginx && once(nginx, 'exit'));
    await gateway?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** The recipe, with other addresses and with connections that end before the gateway's. */
  function startNginx(port: number): ChildProcess {
    const recipe = RECIPE.replace('127.0.0.1:3000', new URL(gateway.url).host)
      .replace('listen 80;', `listen 127.0.0.1:${port};`)
      .replace('keepalive_timeout 600s;', 'keepalive_timeout 1s;');
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
      .map((kind) => `${kind}_temp_path ${folder};`)
      .join('\n');
    const config = `pid ${folder}/pid; error_log stderr warn; daemon off; events {} http { access_log off; ${temporary}\n${recipe} }`;
    writeFileSync(join(folder, 'nginx.conf'), config);
    return spawn('nginx', ['-e', 'stderr', '-p', folder, '-c', join(folder, 'nginx.conf')], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }

  const call = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`${base}${path}`, {
      ...init,
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', ...init.headers },
    });
  const update = (id: string, name: string, headers: Record<string, string> = {}): Promise<Response> =>
    call(`/contacts/${id}`, { method: 'POST', body: JSON.stringify({ first_name: name }), headers });

  it('when an answer is compressed / its tag is weak and matches no If-Match, and the tag made of the version does', async () => {
    const { id } = await gateway.createContact({ first_name: 'Ann' });
    expect((await call(`/contacts/${id}`, { headers: { 'accept-encoding': 'gzip' } })).headers.get('etag')).toBe('W/"1"');
    expect((await call(`/contacts/${id}`, { headers: { 'accept-encoding': 'identity' } })).headers.get('etag')).toBe('"1"');
    expect((await update(id, 'Ben', { 'if-match': 'W/"1"' })).status).toBe(412);
    expect((await update(id, 'Ben', { 'if-match': '"1"' })).status).toBe(200);
    const unchanged = await call(`/contacts/${id}`, { headers: { 'if-none-match': 'W/"2"', 'accept-encoding': 'gzip' } });
    expect(unchanged.status).toBe(304);
  });

  it('when events are streamed / each comes at once, although answers are compressed', async () => {
    const { id } = await gateway.createContact({ first_name: 'Ann' });
    const stream = await call(`/events/stream?contact_id=${id}`, { headers: { 'accept-encoding': 'gzip' } });
    const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    const reading = (async () => {
      for (let part = await reader.read(); !part.done; part = await reader.read()) text += part.value;
    })().catch(() => undefined);
    for (const name of ['Ben', 'Cid']) {
      await update(id, name);
      await eventually(() => expect(text).toContain(`"first_name":"${name}"`), { timeoutMs: 10_000 });
    }
    await reader.cancel();
    await reading;
  });

  it('when connections are used again about when nginx ends them / no write is a 502', async () => {
    const { id } = await gateway.createContact({ first_name: 'Ann' });
    const statuses = new Map<number, number>();
    const lane = async (number: number): Promise<void> => {
      for (let turn = 0; turn < 8; turn++) {
        const { status } = await update(id, `Ann ${number} ${turn}`);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        await sleep(900 + 20 * (number % 10));
      }
    };
    await Promise.all(Array.from({ length: 20 }, (_, number) => lane(number)));
    expect([...statuses]).toEqual([[200, 160]]);
  });

  it('when a stranger sends made-up tokens through nginx / the stranger is limited, and not the proxy', async () => {
    const ask = (token: string) => fetch(`${base}/contacts`, { headers: { authorization: `Bearer ${token}` } });
    for (let sent = 0; sent < 100; sent++) await ask('made-up');
    expect((await ask('made-up')).status).toBe(429);
    expect((await ask(TOKEN)).status).toBe(200);
  });
});
