import { describe, expect, it } from '@jest/globals';
import { companyDifferenceOf, type CompanyPlaces } from './company-differences.js';

const SINCE = new Date('2026-01-01T00:00:00Z');
const gateway = { version: 3, updatedAt: new Date('2026-02-01T00:00:00Z'), state: 'a' };
const topic = { version: 3, isDeleted: false, state: 'a' };
const found = (places: Partial<CompanyPlaces>) =>
  companyDifferenceOf({ companyId: 7, gateway, topic, retainedSince: SINCE, ...places });

describe('a company in gateway and topic', () => {
  it.each<[string, Partial<CompanyPlaces>, string | undefined]>([
    ['both are the same', {}, undefined],
    ['both lack it', { gateway: undefined, topic: { version: 4, isDeleted: true, state: null } }, undefined],
    [
      'its last change is older than what the topic retains',
      { gateway: { ...gateway, updatedAt: SINCE }, topic: undefined },
      undefined,
    ],
    ['the topic retains nothing of its partition', { topic: undefined, retainedSince: undefined }, undefined],
    ['the topic lacks a change that it would retain', { topic: undefined }, 'topic-lacks'],
    ['the topic ends on an older version', { topic: { ...topic, version: 2 } }, 'topic-older'],
    ['the topic has a greater version', { topic: { ...topic, version: 4 } }, 'topic-ahead'],
    ['the topic has it deleted at a greater version', { topic: { version: 4, isDeleted: true, state: null } }, 'topic-ahead'],
    ['the same version says something else', { topic: { ...topic, state: 'b' } }, 'topic-differs'],
    ['only the topic has it', { gateway: undefined }, 'topic-not-deleted'],
  ])('when %s / the difference is right', (_, places, expected) => expect(found(places)).toBe(expected));
});
