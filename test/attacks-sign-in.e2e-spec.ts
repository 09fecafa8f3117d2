import { Agent, request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { AppProcesses } from './app-processes.js';
import { AuthWorld, RunningAuth } from './auth.harness.js';

const PASSWORD = 'the right password';
const ATTACKER = '203.0.113.1';
const OWNER = '192.0.2.1';
const SIGN_INS = 20;
/** Lower than by default: each failed sign-in before it costs a hash. */
const FAILED_SIGN_INS = 30;
jest.setTimeout(120_000);

let world: AuthWorld;
/** The app runs in a process of its own, so that the flood does not share its event loop. */
const processes = new AppProcesses();
let auth: RunningAuth;
let email: string;

beforeAll(async () => {
  world = await AuthWorld.create();
  const limit = String(FAILED_SIGN_INS);
  const limits = { LOGIN_ATTEMPTS_PER_ADDRESS: limit, LOGIN_ATTEMPTS_PER_EMAIL: limit };
  const { url } = await processes.start('auth', world.environment({ ...limits, TRUST_PROXY: '1', UV_THREADPOOL_SIZE: '8' }));
  auth = new RunningAuth(url, undefined as never);
  const login = world.newLogin();
  await world.publish(await login.created('owner@example.com', PASSWORD));
  await auth.reaches(login.contactId, 1);
  email = login.email;
});
afterAll(async () => {
  await processes.stop();
  await world.close();
});

interface Tried {
  status: number;
  ms: number;
}

/** @param header how the proxy states the address */
function signIn(
  agent: Agent,
  address: string,
  body: { email: string; password: string },
  header: 'x-forwarded-for' | 'forwarded' = 'x-forwarded-for',
): Promise<Tried> {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const text = JSON.stringify(body);
    const headers = { 'content-type': 'application/json', 'content-length': text.length, [header]: address };
    request(`${auth.url}/portal/sessions`, { agent, method: 'POST', headers }, (response) => {
      response.resume().on('end', () => resolve({ status: response.statusCode!, ms: performance.now() - began }));
    })
      .on('error', reject)
      .end(text);
  });
}

async function ownersSignIns(): Promise<Tried[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const tried: Tried[] = [];
  for (let n = 0; n < SIGN_INS; n++) tried.push(await signIn(agent, OWNER, { email, password: PASSWORD }));
  agent.destroy();
  return tried;
}

const median = (tried: Tried[]): number => tried.map(({ ms }) => ms).sort((a, b) => a - b)[Math.floor(tried.length / 2)]!;
const succeeded = (tried: Tried[]): number => tried.filter(({ status }) => status === 201).length;

describe('when an address at its limit keeps 80 connections busy with sign-ins', () => {
  it('and another address signs in / that sign-in succeeds, and the flood is refused without a hash', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 80 });
    for (let n = 0; n < FAILED_SIGN_INS + 5; n++)
      await signIn(agent, ATTACKER, { email: `nobody-${n}@example.com`, password: 'wrong password' });
    const before = await ownersSignIns();
    const flood = { on: true, statuses: new Map<number, number>() };
    const connection = async (): Promise<void> => {
      while (flood.on) {
        const { status } = await signIn(agent, ATTACKER, { email: 'nobody@example.com', password: 'wrong password' });
        flood.statuses.set(status, (flood.statuses.get(status) ?? 0) + 1);
      }
    };
    const connections = Array.from({ length: 80 }, connection);
    const during = await ownersSignIns().finally(() => (flood.on = false));
    await Promise.all(connections);
    agent.destroy();
    console.log(
      `owner before: ${succeeded(before)}/${SIGN_INS}, median ${median(before).toFixed(0)} ms; during: ${succeeded(during)}/${SIGN_INS}, ` +
        `median ${median(during).toFixed(0)} ms; flood: ${JSON.stringify([...flood.statuses])}`,
    );
    expect(succeeded(before)).toBe(SIGN_INS);
    expect(succeeded(during)).toBeGreaterThanOrEqual(0.95 * SIGN_INS);
    expect([...flood.statuses.keys()]).toEqual([429]);
  });
});

describe('when the proxy states addresses by Forwarded', () => {
  it.each([
    ['that of the attacker', `for=${ATTACKER};proto=https`, 429],
    ['that of the attacker in quotes, with a port', `for="${ATTACKER}:4711"`, 429],
    ['another IPv4 address', 'for=192.0.2.7', 201],
    ['an IPv6 address', 'For="[2001:db8::7]:4711"', 201],
  ])('and it is %s / its own failed sign-ins count, and no others', async (_, forwarded, status) => {
    const agent = new Agent();
    expect((await signIn(agent, forwarded, { email, password: PASSWORD }, 'forwarded')).status).toBe(status);
    agent.destroy();
  });
});

describe('when an attacker fails to sign in to a login from many addresses', () => {
  it('and its owner has signed in from an address / that address still signs in, at any rate of attack', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 4 });
    expect((await signIn(agent, OWNER, { email, password: PASSWORD })).status).toBe(201);
    const strangers = Array.from({ length: FAILED_SIGN_INS + 20 }, (_, n) => `198.51.100.${n}`);
    const statuses = new Map<number, number>();
    for (const address of strangers) {
      const { status } = await signIn(agent, address, { email, password: 'wrong password' });
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
    expect(Object.fromEntries(statuses)).toEqual({ 401: FAILED_SIGN_INS, 429: 20 });
    expect((await ownersSignIns()).map(({ status }) => status)).toEqual(Array(SIGN_INS).fill(201));
    agent.destroy();
  });
});
