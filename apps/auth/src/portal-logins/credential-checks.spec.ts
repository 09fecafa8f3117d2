import { beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  generateSealingKeys,
  OPENINGS_AT_ONCE,
  readOpeningKeys,
  readSealingKey,
  sealCredential,
  UnknownCredentialKey,
  UnreadableCredential,
  type OpeningKeys,
} from '#app/credentials';
import { CredentialChecks } from './credential-checks.js';
import { Credentials } from './credentials.js';
import { changed } from './login-histories.fixtures.js';

const PHC = '$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21l$c29tZWhhc2hzb21laGFzaHNvbWVoYXNoc29tZWhhcw';

let keys: OpeningKeys;
let sealed: string;
let credentials: Credentials;
let open: jest.SpiedFunction<Credentials['open']>;

const record = (credential: string, contactId = 1) =>
  changed({ contactId, version: 2, position: 2, email: 'a@x.io', changes: ['email'], credential });
const withKeys = (opening: OpeningKeys): CredentialChecks => {
  credentials = new Credentials(opening);
  open = jest.spyOn(credentials, 'open');
  return new CredentialChecks(credentials);
};

beforeAll(async () => {
  const { publicKeys, privateKeys } = await generateSealingKeys('seal-1');
  keys = await readOpeningKeys(JSON.stringify(privateKeys));
  sealed = await sealCredential(await readSealingKey(JSON.stringify(publicKeys)), 1, PHC);
});

describe('the credential of a record', () => {
  let checks: CredentialChecks;
  beforeEach(() => {
    checks = withKeys(keys);
  });

  it('when it is the stored one / is not opened again', async () => {
    await checks.require([record(sealed)], () => sealed);
    expect(open).not.toHaveBeenCalled();
  });

  it('when it is the stored one and its key is missing / is an error of the key', async () => {
    await expect(withKeys(new Map()).require([record(sealed)], () => sealed)).rejects.toThrow(UnknownCredentialKey);
  });

  it('when it is another one / is opened once, however often it is asked for', async () => {
    const one = record(sealed);
    await checks.require([one], () => 'another');
    await checks.require([one], () => null);
    expect(open).toHaveBeenCalledTimes(1);
  });

  it('when it does not open / is an error, also at the second time', async () => {
    const broken = record(`${sealed.slice(0, -4)}AAAA`);
    await expect(checks.require([broken])).rejects.toThrow(UnreadableCredential);
    await expect(checks.require([broken])).rejects.toThrow(UnreadableCredential);
  });

  it("when it is another contact's / is an error", async () => {
    await expect(checks.require([record(sealed, 2)])).rejects.toThrow(UnreadableCredential);
  });
});

describe('the credentials of a large batch', () => {
  const many = Array.from({ length: 3 * OPENINGS_AT_ONCE + 1 }, (_, index) => record(`credential ${index}`, index + 1));

  it('when they are checked / each is opened once, a bounded number at a time', async () => {
    const checks = withKeys(keys);
    let [underWay, most] = [0, 0];
    open.mockImplementation(async () => {
      most = Math.max(most, ++underWay);
      await new Promise(setImmediate);
      underWay--;
      return PHC;
    });
    await checks.require(many);
    await checks.require(many);
    expect(open.mock.calls.map(([contactId]) => contactId)).toEqual(many.map(({ contactId }) => contactId));
    expect(most).toBe(OPENINGS_AT_ONCE);
  });

  it('when several do not open / the error is that of the first record, whichever is known first', async () => {
    const checks = withKeys(keys);
    const slow = OPENINGS_AT_ONCE + 1;
    open.mockImplementation(async (contactId) => {
      if (contactId === slow) await new Promise(setImmediate);
      if (contactId >= slow) throw new UnreadableCredential(`of contact ${contactId}`);
      return PHC;
    });
    await expect(checks.require(many)).rejects.toThrow(`of contact ${slow}`);
    expect(open).toHaveBeenCalledTimes(2 * OPENINGS_AT_ONCE);
    await expect(checks.require(many)).rejects.toThrow(`of contact ${slow}`);
    expect(open).toHaveBeenCalledTimes(2 * OPENINGS_AT_ONCE);
  });
});
