import { generateEventMacKeys } from '#app/credentials';
import type { EventRecord } from '#app/contracts';
import { eventually } from '#app/system/testing';
import { OutboxPublisher } from '../../libs/messaging/src/outbox/outbox-publisher.js';
import { forgedLogin } from '../auth.harness.js';
import { markAcceptedIf } from '../faults/defects/mark.defects.js';
import { around } from '../faults/seams/around.js';
import { PASSWORD, type AttackDefect, type AttackedSystem } from './attacked-system.js';

interface OpenPublisher {
  options: { stamp?: unknown };
}

const ATTACKERS = 'the password of the attacker';

/** Whether a record with the attacker's password takes the login over. */
const takesOver =
  (change: (system: AttackedSystem, record: EventRecord) => EventRecord) =>
  async (system: AttackedSystem): Promise<boolean> => {
    const { contactId, email } = await system.login();
    await system.auths.publish(change(system, await forgedLogin(system.auths, { contactId, email, password: ATTACKERS })));
    await system.untilRead();
    return (await system.signIn(system.newAddress(), email, ATTACKERS)) === 201;
  };

export const MARK_DEFECTS: readonly AttackDefect[] = [
  {
    title: 'a record without a mark is taken for an older one, and applied',
    plant: () => markAcceptedIf((mark) => mark === undefined),
    attack: takesOver((_, record) => record),
  },
  {
    title: 'of a mark only the id of its key is compared',
    plant: () => markAcceptedIf((mark) => mark?.startsWith('v1.mac-1.') ?? false),
    attack: takesOver(({ auths }, record) => auths.marked(record, JSON.stringify(generateEventMacKeys('mac-1')))),
  },
  {
    title: 'the relay sends records of logins without a mark',
    plant: () =>
      around(OutboxPublisher.prototype, 'publish', (publish, _rows, self) => {
        const { options } = self as unknown as OpenPublisher;
        const { stamp } = options;
        delete options.stamp;
        return publish().finally(() => (options.stamp = stamp));
      }),
    // Not an attack: every login of the gateway would be a dead letter.
    attack: async (system) => {
      const before = (await system.auth.health()).parts.consumer.unauthentic as number;
      const other = (await system.replica.health()).parts.consumer.unauthentic as number;
      const email = `gateway-${system.newAddress()}@attacked.example`;
      const { id } = await system.gateway.createContact({ email, password: PASSWORD });
      return eventually(
        async () => {
          const now = await Promise.all([system.auth, system.replica].map(async (auth) => (await auth.health()).parts.consumer));
          if (now.reduce((sum, { unauthentic }) => sum + Number(unauthentic), -before - other) > 0) return true;
          if ((await system.auth.login(Number(id))).status !== 200) throw new Error('The record was not read yet.');
          return false;
        },
        { timeoutMs: 30_000 },
      );
    },
  },
];
