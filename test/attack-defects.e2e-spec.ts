import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { AttackedSystem, type AttackDefect } from './attack-defects/attacked-system.js';
import { MARK_DEFECTS } from './attack-defects/mark.defects.js';
import { SIGN_IN_DEFECTS } from './attack-defects/sign-in.defects.js';
import { TOKEN_DEFECTS } from './attack-defects/token.defects.js';

jest.setTimeout(180_000);

let system: AttackedSystem;

beforeAll(async () => {
  system = await AttackedSystem.start();
});
afterAll(() => system?.close());

describe.each([
  ['the marks on records of logins', MARK_DEFECTS],
  ['the limits on sign-ins', SIGN_IN_DEFECTS],
  ['the families of tokens', TOKEN_DEFECTS],
])('a planted defect in %s', (_, defects) => {
  it.each<AttackDefect>(defects)('when $title / an attack succeeds that fails without it', async ({ plant, attack }) => {
    expect(await attack(system)).toBe(false);
    const takeOut = plant(system);
    try {
      expect(await attack(system)).toBe(true);
    } finally {
      takeOut();
    }
  });
});
