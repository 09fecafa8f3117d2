import { randomUUID } from 'node:crypto';
import { preloadOf } from '../seams/preload-of.js';
import type { Fault, FaultContext } from './fault.js';
import { newLogin } from './logins.js';

const ROUNDS = 8;
const RIVALS = 50;

const setEmail = ({ load }: FaultContext, contactId: number, email: string, race?: string) =>
  load.request({
    kind: 'update',
    contactId,
    method: 'POST',
    path: `/contacts/${contactId}`,
    body: { email },
    key: randomUUID(),
    ...(race === undefined ? {} : { race }),
  });

const swaps: Fault = {
  number: 18,
  name: 'emails swapped in pairs and in chains under load, then removed',
  run: async (context) => {
    const { load, random } = context;
    const domain = `${randomUUID()}.example`;
    const [a, b, c, free] = ['a', 'b', 'c', 'free'].map((name) => `${name}@${domain}`) as [string, string, string, string];
    const [first, second, third] = [await newLogin(context, a), await newLogin(context, b), await newLogin(context, c)];
    const moves: [number, string][] = [];
    let [ofFirst, ofSecond] = [a, b];
    for (let round = 0; round < ROUNDS; round++) {
      moves.push([first, free], [second, ofFirst], [first, ofSecond]);
      [ofFirst, ofSecond] = [ofSecond, ofFirst];
    }
    moves.push([third, free], [second, c], [first, ofSecond]);
    for (const [contactId, email] of moves) await setEmail(context, contactId, email);
    const contactId = random.pick([first, second, third]);
    await load.request({
      kind: 'remove-login',
      contactId,
      method: 'DELETE',
      path: `/contacts/${contactId}/password`,
      body: undefined,
      key: randomUUID(),
    });
  },
};

const oneEmail: Fault = {
  number: 19,
  name: `${RIVALS} requests for one email at once`,
  run: async (context) => {
    const rivals: number[] = [];
    for (let at = 0; at < RIVALS; at++) rivals.push(await newLogin(context, `rival.${at}@${randomUUID()}.example`));
    for (let round = 0; round < 2; round++) {
      const race = randomUUID();
      await Promise.all(rivals.map((contactId) => setEmail(context, contactId, `prize@${race}.example`, race)));
    }
  },
};

const twoRelays: Fault = {
  number: 4,
  name: 'two relays at once, the lease switched off',
  wanted: ['I9'],
  run: async ({ system, seconds, lasts, random }) => {
    for (const { app } of system.gateways) {
      await app.kill();
      await app.start({ preloads: [preloadOf({ defect: 'no-lease' })] });
      await app.untilReady();
    }
    for (let round = 0; round < 3; round++) {
      const { app } = random.pick(system.gateways);
      app.freeze();
      await lasts(seconds / 5);
      app.thaw();
      await lasts(seconds / 10);
    }
    for (const { app } of system.gateways) {
      await app.kill();
      await app.start();
      await app.untilReady();
    }
  },
};

export const CLAIM_FAULTS: readonly Fault[] = [twoRelays, swaps, oneEmail];
