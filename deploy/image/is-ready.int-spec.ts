import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const folder = mkdtempSync(join(tmpdir(), 'is-ready-'));
const APP = { gateway: 'dist/apps/gateway/src/main.js', auth: 'dist/apps/auth/src/main.js' };

/** What the check says in a container whose first process has this command. */
async function check(command: string, environment: NodeJS.ProcessEnv): Promise<{ code: number | null; said: string }> {
  const file = join(folder, 'cmdline');
  writeFileSync(file, command.replaceAll(' ', '\0'));
  const child = spawn(process.execPath, ['deploy/image/is-ready.mjs', file], {
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<number | null>((end) => child.once('exit', end));
  const [said, code] = await Promise.all([text(child.stdout), ended]);
  return { said: said.trim(), code };
}

/** An app that answers with this status. */
function listen(status: number, host: string): Promise<Server> {
  const server = createServer((_, response) => response.writeHead(status).end());
  return new Promise((resolve) => server.listen(0, host, () => resolve(server)));
}
const portOf = (server: Server): string => String((server.address() as AddressInfo).port);

describe("the image's health check", () => {
  let servers: Server[];
  let environment: NodeJS.ProcessEnv;
  beforeAll(async () => {
    servers = await Promise.all([listen(200, '127.0.0.1'), listen(503, '127.0.0.1'), listen(200, '::1')]);
    environment = { GATEWAY_PORT: portOf(servers[0]!), AUTH_PORT: portOf(servers[1]!) };
  });
  afterAll(() => {
    for (const server of servers) server.close();
    rmSync(folder, { recursive: true });
  });

  it('when the environment has the ports of both apps / asks the app that runs', async () => {
    expect(await check(`node --enable-source-maps ${APP.gateway}`, environment)).toMatchObject({ code: 0 });
    expect(await check(`/sbin/docker-init -- node ${APP.auth}`, environment)).toMatchObject({ code: 1 });
  });

  it("when the environment has no port / asks the app's own", async () => {
    const asked = async (app: keyof typeof APP): Promise<string> =>
      (await check(`node ${APP[app]}`, { GATEWAY_PORT: ' ', AUTH_PORT: '', HOST: 'no-such-host.invalid' })).said;
    expect(await asked('gateway')).toContain('http://no-such-host.invalid:3000/health/ready');
    expect(await asked('auth')).toContain('http://no-such-host.invalid:3001/health/ready');
  });

  it('when the app listens on one address / asks there', async () => {
    const there = { GATEWAY_PORT: portOf(servers[2]!), HOST: '::1' };
    expect(await check(`node ${APP.gateway}`, there)).toMatchObject({ code: 0 });
  });

  it('when the command names no app / asks the port that the environment has', async () => {
    const { GATEWAY_PORT } = environment;
    expect(await check('sh start.sh', { GATEWAY_PORT })).toMatchObject({ code: 0 });
    expect(await check('sh start.sh', environment)).toMatchObject({ code: 1 });
  });
});
