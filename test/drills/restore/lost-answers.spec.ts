import { describe, expect, it } from '@jest/globals';
import type { Operation } from '../../faults/load/history.js';
import { lostAnswers } from './lost-answers.js';

const operation = (kind: Operation['kind'], contactId: number, more: Partial<Operation> = {}): Operation => ({
  kind,
  contactId,
  method: 'POST',
  path: '',
  body: undefined,
  key: undefined,
  attempts: [
    {
      requestId: `${kind}-${contactId}`,
      gateway: 'gateway',
      at: 5_000,
      ms: 1,
      status: 200,
      outcome: 'ok',
      retryAfter: null,
      replayed: false,
      hung: false,
    },
  ],
  outcome: 'ok',
  contact: undefined,
  loginVersion: undefined,
  ...more,
});
const at = (version: number) => ({ contact: { id: '1', version } });

describe('answers that a restored database lacks', () => {
  it.each<[string, Operation, boolean]>([
    ['its version is above the restored one', operation('update', 1, at(8)), true],
    ['its version is the restored one', operation('update', 1, at(7)), false],
    ['only its login version is above the restored one', operation('password', 1, { ...at(7), loginVersion: 3 }), true],
    ['its contact is there although it was deleted', operation('delete', 1), true],
    ['its contact was made after the moment', operation('create', 2, at(1)), true],
    ['it was refused', operation('update', 1, { ...at(8), outcome: 'fail' }), false],
  ])('when %s / is listed: %s', (_, change, isLost) => {
    const restored = { moment: new Date(4_000), contacts: [{ id: 1, version: 7, loginVersion: 2 }] };
    const lost = lostAnswers([change], restored, []);
    expect(lost.map(({ requestId, isOnTopics }) => ({ requestId, isOnTopics }))).toEqual(
      isLost ? [{ requestId: `${change.kind}-${change.contactId}`, isOnTopics: false }] : [],
    );
  });

  it('when its contact was deleted before the moment / is not listed', () => {
    const changes = [operation('create', 3, at(1)), operation('update', 3, at(2)), operation('delete', 3)];
    expect(lostAnswers(changes, { moment: new Date(9_000), contacts: [] }, [])).toEqual([]);
  });
});
