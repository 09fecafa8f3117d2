import { describe, expect, it } from '@jest/globals';
import { differencesOf, type AuthLogin, type GatewayLogin, type TopicTail } from './differences.js';

const email = { email: 'A@x.io', credential: 'hash' };
const held: GatewayLogin = { contactId: 1, version: 5, emailKey: 'a@x.io', ...email };
const tail: TopicTail = { contactId: 1, version: 5, maxVersion: 5, position: 90, isRemoved: false, ...email };
const applied: AuthLogin = { contactId: 1, version: 5, position: 90, isRemoved: false, emailKey: 'a@x.io', ...email };
const removed = { email: null, emailKey: null, credential: null };

describe('a login that the gateway has', () => {
  it('when all three agree / is the same', () => {
    expect(differencesOf({ contactId: 1, gateway: held, topic: tail, auth: applied })).toEqual([]);
  });

  it.each([
    ['topic-lacks', { topic: undefined }],
    ['topic-older', { topic: { ...tail, version: 4, maxVersion: 4 } }],
    ['topic-overtaken', { topic: { ...tail, version: 4, maxVersion: 5 } }],
    ['topic-ahead', { topic: { ...tail, version: 6, maxVersion: 6 } }],
    ['topic-ahead', { topic: { ...tail, version: 5, maxVersion: 6 } }],
    ['topic-differs', { topic: { ...tail, email: 'a@x.io' } }],
    ['topic-differs', { topic: { ...tail, credential: 'other' } }],
    ['auth-lacks', { auth: undefined }],
    ['auth-older', { auth: { ...applied, version: 4 } }],
    ['auth-ahead', { auth: { ...applied, version: 6 } }],
    ['auth-email', { auth: { ...applied, email: null, emailKey: null } }],
    ['auth-credential', { auth: { ...applied, credential: null } }],
    ['auth-position', { auth: { ...applied, position: 89 } }],
  ])('when one of gateway, topic and auth app differs as in row %# / is %s', (kind, places) => {
    expect(differencesOf({ contactId: 1, gateway: held, topic: tail, auth: applied, ...places })).toEqual([kind]);
  });
});

describe('a login that the gateway does not have', () => {
  const without: GatewayLogin = { contactId: 1, version: 5, ...removed };
  const gone = { topic: { ...tail, isRemoved: true, ...removed }, auth: { ...applied, isRemoved: true, ...removed } };

  it('when all know the removal, or nothing of it / is the same', () => {
    expect(differencesOf({ contactId: 1, gateway: without, ...gone })).toEqual([]);
    expect(differencesOf({ contactId: 1, gateway: undefined, ...gone })).toEqual([]);
    expect(differencesOf({ contactId: 1, gateway: without, topic: undefined, auth: undefined })).toEqual([]);
  });

  it('when it lives on the topic or in the auth app / differs', () => {
    expect(differencesOf({ contactId: 1, gateway: undefined, topic: tail, auth: applied })).toEqual([
      'topic-not-removed',
      'auth-not-removed',
    ]);
  });

  it('when an older record follows the removal / differs', () => {
    const topic = { ...gone.topic, version: 4, maxVersion: 5 };
    expect(differencesOf({ contactId: 1, gateway: without, ...gone, topic })).toEqual(['topic-not-removed']);
  });

  it('when others have a later version / is ahead', () => {
    const topic = { ...gone.topic, version: 6, maxVersion: 6 };
    expect(differencesOf({ contactId: 1, gateway: without, ...gone, topic })).toEqual(['topic-ahead']);
  });
});
