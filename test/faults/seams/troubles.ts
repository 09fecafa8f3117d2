import { setTimeout as sleep } from 'node:timers/promises';
import { BatchDelivery } from '../../../libs/messaging/src/consumer/batch-delivery.js';
import { around } from './around.js';

/** Troubles inside a process, other than its death. */
export const TROUBLES: Readonly<Record<string, (amount: number) => void>> = {
  /** A defect fails the first deliveries. */
  'type-error': (times) => {
    let left = times;
    around(BatchDelivery.prototype, 'deliver', (deliver) => {
      if (left-- > 0) throw new TypeError('A planted defect.');
      return deliver();
    });
  },
  /** One handler neither ends nor fails for some seconds. */
  hang: (seconds) => {
    let hangs = 1;
    // Private, and the only method that calls a handler.
    const host = BatchDelivery.prototype as unknown as { handle: (...args: { handler: unknown }[]) => Promise<void> };
    around(host, 'handle', (handle, [run, ...rest]) => {
      if (hangs-- <= 0) return handle();
      const handler = async (): Promise<void> => void (await sleep(seconds * 1_000));
      return handle({ ...run!, handler }, ...rest);
    });
  },
  /** The clock of the process is wrong by some hours. */
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
