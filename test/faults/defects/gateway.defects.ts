import { PasswordHasher } from '../../../apps/gateway/src/contacts/password.hasher.js';
import { UpdateContactHandler } from '../../../apps/gateway/src/contacts/update/update-contact.handler.js';
import { IdempotencyStore } from '../../../apps/gateway/src/writes/idempotency-store.js';
import { query, type StatementRunner } from '../../../libs/postgres/src/bound-query.js';
import { Outbox } from '../../../libs/messaging/src/outbox/outbox.js';
import { around, together } from '../seams/around.js';
import type { Defect } from './defects.js';

/** More than one transaction of the load records. */
const DRAWN_AHEAD = 256;
/** A hash that belongs to no password. */
const OPEN_HASH = '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g';

/** Draws positions at the start of a transaction, as a column default does before the claim is made. */
function withEarlyPositions(): () => void {
  const drawn = new WeakMap<StatementRunner, number[]>();
  return together(
    around(IdempotencyStore.prototype, 'lock', async (lock, [runner]) => {
      const text = `select nextval('outbox_id_seq') as id from generate_series(1, ${DRAWN_AHEAD})`;
      const rows = await query<{ id: string }>(runner, text);
      drawn.set(
        runner,
        rows.map(({ id }) => Number(id)),
      );
      return lock();
    }),
    around(Outbox.prototype, 'record', (record, [runner, drafts]) => {
      const positions = drawn.get(runner) ?? [];
      return record(
        runner,
        drafts.map((draft) => (typeof draft === 'function' ? draft(positions.shift()!) : draft)),
      );
    }),
  );
}

export const GATEWAY_DEFECTS: Readonly<Record<string, Defect>> = {
  'position-before-claim': { title: 'positions are drawn before the claim on the email is decided', plant: withEarlyPositions },
  'hash-in-event': {
    title: 'the hash of a password travels unsealed',
    plant: () =>
      around(PasswordHasher.prototype as unknown as { seal: (...args: unknown[]) => Promise<string> }, 'seal', () =>
        Promise.resolve(OPEN_HASH),
      ),
  },
  'password-in-log': {
    title: 'what is asked for is logged, the password with it',
    plant: () =>
      around(UpdateContactHandler.prototype, 'execute', (execute, [{ patch }]) => {
        console.log(JSON.stringify({ msg: 'Updating.', patch }));
        return execute();
      }),
  },
};
