import { hashPassword, HashQueue } from '#app/credentials';
import { query } from '#app/postgres';
import { AttemptCounts, type Counted, type CountedAttempt } from '../../apps/auth/src/portal-sessions/attempt-counts.js';
import type { AttemptKeys } from '../../apps/auth/src/portal-sessions/attempt-keys.js';
import { DecoyCredential } from '../../apps/auth/src/portal-sessions/decoy.credential.js';
import type { PasswordVerifier } from '../../apps/auth/src/portal-sessions/password.verifier.js';
import { SignInAttempts, type Attempt, type Reservation } from '../../apps/auth/src/portal-sessions/sign-in-attempts.js';
import { SignInHandler } from '../../apps/auth/src/portal-sessions/sign-in.handler.js';
import { around } from '../faults/seams/around.js';
import { LIMITS, PASSWORD, WRONG, type AttackDefect, type AttackedSystem } from './attacked-system.js';

/** Private members of these classes. */
interface OpenAttempts {
  keys: AttemptKeys;
  keyed(attempt: Attempt): { address: Counted };
  reserve(attempt: unknown): Promise<Reservation>;
  isKnown(...args: unknown[]): Promise<boolean>;
  countForAddress(address: Counted): Promise<void>;
}
interface OpenHandler {
  verifier: PasswordVerifier;
  phcOf(login: unknown): Promise<string>;
  signIn(...args: unknown[]): Promise<unknown>;
}

const handler = SignInHandler.prototype as unknown as OpenHandler;
const attempts = SignInAttempts.prototype as unknown as OpenAttempts;
const uncounted = (key: string): CountedAttempt => ({ key, at: new Date().toISOString() });

const repeated = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);
const strangers = (system: AttackedSystem, count: number, email: string) =>
  Array.from({ length: count }, () => ({ address: system.newAddress(), email }));

export const SIGN_IN_DEFECTS: readonly AttackDefect[] = [
  {
    title: 'an attempt is counted after its password was checked',
    plant: () =>
      around(attempts, 'reserve', (reserve) => {
        setTimeout(() => void reserve().catch(() => undefined), 1_000);
        return Promise.resolve([]);
      }),
    attack: async (system) => {
      const [{ email }, address] = [await system.login(), system.newAddress()];
      const guesses = await Promise.all(
        repeated(LIMITS.emailAndAddress + 1, WRONG).map((wrong) => system.signIn(address, email, wrong)),
      );
      return guesses.every((status) => status === 401);
    },
  },
  {
    title: 'each replica counts for itself',
    plant: () => {
      const counts = new Map<string, number>();
      return around(AttemptCounts.prototype, 'count', (_count, [, { key, limit }], self) => {
        const own = `${replicaNumber(self)} ${key}`;
        const tried = (counts.get(own) ?? 0) + 1;
        counts.set(own, tried);
        return Promise.resolve(tried > limit ? undefined : uncounted(key));
      });
    },
    attack: async (system) => {
      const [{ email }, address] = [await system.login(), system.newAddress()];
      await system.fail(repeated(LIMITS.emailAndAddress, { address, email }));
      return (await system.signIn(address, email, WRONG, system.replica)) === 401;
    },
  },
  {
    title: 'guesses on a login are not counted over all addresses',
    plant: () =>
      around(AttemptCounts.prototype, 'count', (count, [, { key, emailHash }]) =>
        key === emailHash ? Promise.resolve(uncounted(key)) : count(),
      ),
    attack: async (system) => {
      const { email } = await system.login();
      return (await system.fail(strangers(system, LIMITS.email + 1, email))).at(-1) === 401;
    },
  },
  {
    title: 'the limit of an email also holds the addresses that its login knows',
    plant: () => around(attempts, 'isKnown', () => Promise.resolve(false)),
    attack: async (system) => {
      const [{ email }, own] = [await system.login(), system.newAddress()];
      await system.signIn(own, email, PASSWORD);
      await system.fail(strangers(system, LIMITS.email, email));
      return (await system.signIn(own, email, PASSWORD)) === 429;
    },
  },
  {
    title: 'each address of an IPv6 network is counted alone',
    plant: () =>
      around(attempts, 'keyed', (keyed, [attempt], self) => {
        const counted = keyed();
        const { address } = counted;
        return { ...counted, address: { ...address, key: self.keys.ofAddress(attempt.address) } };
      }),
    attack: async (system) => {
      const network = `2001:db8:${system.newAddress().split('.').slice(2).join(':')}`;
      const guesses = Array.from({ length: LIMITS.address + 1 }, (_, n) => ({
        address: `${network}::${n + 1}`,
        email: `nobody-${n}@${network.replaceAll(':', '-')}.example`,
      }));
      return (await system.fail(guesses)).at(-1) === 401;
    },
  },
  {
    title: 'a right password clears the counts of its email',
    plant: () =>
      around(SignInAttempts.prototype, 'remember', async (remember, [em]) => {
        await remember();
        await query(em, 'delete from login_attempt');
      }),
    attack: async (system) => {
      const [{ email }, address] = [await system.login(), system.newAddress()];
      await system.fail(repeated(LIMITS.emailAndAddress - 1, { address, email }));
      await system.signIn(address, email, PASSWORD);
      return (await system.fail(repeated(2, { address, email }))).at(-1) === 401;
    },
  },
  {
    title: 'attempts that the limit of an email refuses do not count for their address',
    plant: () => around(attempts, 'countForAddress', () => Promise.resolve()),
    attack: async (system) => {
      const [{ email }, address] = [await system.login(), system.newAddress()];
      await system.fail(repeated(LIMITS.emailAndAddress + 1, { address, email }));
      // At once: memory refuses them, and remembers an email for a second.
      await Promise.all(repeated(LIMITS.address, WRONG).map((wrong) => system.signIn(address, email, wrong)));
      const others = Array.from({ length: 3 }, (_, n) => ({ address, email: `other-${n}-${address}@attacked.example` }));
      return (await system.fail(others)).every((status) => status === 401);
    },
  },
  {
    title: 'for an email without a login no sealed credential is opened',
    plant: () => {
      const phc = hashPassword('a password that nobody knows');
      return around(handler, 'phcOf', (phcOf, [login]) => (login === null ? phc : phcOf()));
    },
    attack: async (system) => {
      let opened = 0;
      const undo = around(DecoyCredential.prototype, 'open', (open) => {
        opened++;
        return open();
      });
      const address = system.newAddress();
      await system.fail([{ address, email: `nobody-${address}@attacked.example` }]).finally(undo);
      return opened === 0;
    },
  },
  {
    title: 'an attempt takes a place in the hash queue before its limit is asked',
    plant: () =>
      around(handler, 'signIn', async (signIn, _args, { verifier }) => {
        await verifier.inTurn(() => Promise.resolve());
        return signIn();
      }),
    attack: async (system) => {
      const [{ email }, address] = [await system.login(), system.newAddress()];
      await system.fail(repeated(LIMITS.emailAndAddress, { address, email }));
      let places = 0;
      const undo = around(HashQueue.prototype, 'run', (run) => {
        places++;
        return run();
      });
      await system.fail([{ address, email }]).finally(undo);
      return places > 0;
    },
  },
];

/** A number for each replica's counts. */
const replicaNumber = ((numbers: WeakMap<object, number>) => {
  let last = 0;
  return (counts: object): number => {
    const known = numbers.get(counts);
    if (known !== undefined) return known;
    numbers.set(counts, ++last);
    return last;
  };
})(new WeakMap());
