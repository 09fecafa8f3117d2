import { setTimeout as sleep } from 'node:timers/promises';
import { BatchDelivery } from '../../../libs/messaging/src/consumer/batch-delivery.js';
import { around } from './around.js';

/** What can befall a process from inside, other than its death. */
export const TROUBLES: Readonly<Record<string, (amount: number) => void>> = {
  /** The first deliveries fail by a defect. */
  'type-error': (times) => {
    let left = times;
    around(BatchDelivery.prototype, 'deliver', (deliver) => {
      if (left-- > 0) throw new TypeError('A planted defect.');
      return deliver();
    });
  },
  /** One handler neither ends nor fails for so many seconds. */
  hang: (seconds) => {
    let hangs = 1;
    // Private, and the one place at which a handler is called.
    const host = BatchDelivery.prototype as unknown as { handle: (...args: { handler: unknown }[]) => Promise<void> };
    around(host, 'handle', (handle, [run, ...rest]) => {
      if (hangs-- <= 0) return handle();
      const handler = async (): Promise<void> => void (await sleep(seconds * 1_000));
      return handle({ ...run!, handler }, ...rest);
    });
  },
  /** The process' clock is wrong by so many hours. */
  clock: (hours) => {
    const { now } = Date;
    const Real = Date;
    const shifted = (): number => now() + hours * 3_600_000;
    globalThis.Date = new Proxy(Real, {
      construct: (target, args: []) => (args.length === 0 ? new target(shifted()) : new target(...args)),
      get: (target, name) => (name === 'now' ? shifted : (Reflect.get(target, name) as unknown)),
    });
  },
};
