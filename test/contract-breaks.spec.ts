import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { decodeRecord, SCHEMA_FILES } from '#app/contracts';
import { readRecordedFile } from '#app/contracts/testing';
import { breaksOf, type Schema } from './contract-breaks.js';

const RELEASED = 'libs/contracts/released';
const readJson = <T>(path: string): T => JSON.parse(readFileSync(path, 'utf8')) as T;
const releases = readdirSync(RELEASED);
const schemasOf = (release: string): string[] => readdirSync(`${RELEASED}/${release}`);
const asFile = (schema: object): Schema => JSON.parse(JSON.stringify(schema)) as Schema;

describe.each(releases)('the contract, against release %s', (release) => {
  it.each(schemasOf(release))('when it is compared / breaks nothing of %s', (file) => {
    expect(Object.keys(SCHEMA_FILES)).toContain(file);
    expect(breaksOf(readJson(`${RELEASED}/${release}/${file}`), asFile(SCHEMA_FILES[file]!))).toEqual([]);
  });
});

it('when the package has a version / it is released with these schemas, which libs/contracts/release.mjs keeps', () => {
  const { version } = readJson<{ version: string }>('libs/contracts/package.json');
  expect(releases).toContain(version);
  const released = schemasOf(version).map((file) => [file, readJson(`${RELEASED}/${version}/${file}`)]);
  expect(asFile(SCHEMA_FILES)).toEqual(Object.fromEntries(released));
});

describe('recorded events and the current contract', () => {
  it.each(['samples/recorded.jsonl', 'test/fixtures/events/history.jsonl.gz'])(
    'when the events of %s are read / all are valid',
    async (file) => {
      const records = await readRecordedFile(file);
      expect(new Set(records.map((record) => decodeRecord(record).kind))).toEqual(new Set(['event', 'tombstone']));
    },
  );
});

const released: Schema = {
  $id: 'urn:example:v1',
  type: 'object',
  description: 'One.',
  required: ['id', 'place'],
  properties: {
    id: { type: 'integer', minimum: 1, description: 'The id.' },
    nick: { type: 'string', pattern: '^a', maxLength: 9 },
    status: { type: 'string', enum: ['active', 'gone'] },
    at: { type: 'string', format: 'date-time' },
    email: { anyOf: [{ type: 'string' }, { type: 'null' }] },
    before: { type: 'object', patternProperties: { '^.*$': {} } },
    place: { type: 'object', required: ['name'], properties: { name: { type: 'string' } } },
    tags: { type: 'array', items: { type: 'object', required: [], properties: { name: { type: 'string' } } } },
  },
};
const changed = (change: (schema: any) => void): Schema => {
  const copy = asFile(released);
  change(copy);
  return copy;
};

describe('the comparison of a schema with a released one', () => {
  it.each<[string, (schema: any) => void]>([
    ['nothing has changed', () => undefined],
    ['an optional field is new', (s) => (s.properties.fax = { type: 'string' })],
    ['an optional field is new in a nested object', (s) => (s.properties.place.properties.zip = { type: 'string' })],
    ['an optional field is new in the items of a list', (s) => (s.properties.tags.items.properties.icon = { type: 'string' })],
    ['words are others', (s) => Object.assign(s.properties.id, { description: 'Its id.', examples: [1], deprecated: true })],
    ['the order of what is required is another', (s) => s.required.reverse()],
  ])('when %s / passes', (_what, change) => {
    expect(breaksOf(released, changed(change))).toEqual([]);
  });

  it.each<[string, (schema: any) => void, string]>([
    // A reader with the released schema would miss the value, or could not read it.
    ['an optional field is gone', (s) => delete s.properties.nick, '/nick: is gone'],
    ['a nested field is gone', (s) => delete s.properties.place.properties.name, '/place/name: is gone'],
    ['a required field is optional', (s) => (s.required = ['id']), '/place: was required'],
    ['a nested required field is optional', (s) => (s.properties.place.required = []), '/place/name: was required'],
    ['a type is wider', (s) => (s.properties.nick.type = ['string', 'null']), '/nick: type was "string"'],
    ['a field may be null', (s) => (s.properties.nick = { anyOf: [{ type: 'string' }, { type: 'null' }] }), '/nick: type was'],
    ['an enum has gained a value', (s) => s.properties.status.enum.push('new'), '/status: enum'],
    ['a pattern is gone', (s) => delete s.properties.nick.pattern, '/nick: pattern was "^a" and is nothing'],
    ['a limit is wider', (s) => (s.properties.nick.maxLength = 99), '/nick: maxLength'],
    ['a minimum is lower', (s) => (s.properties.id.minimum = 0), '/id: minimum was 1'],
    ['a format is gone', (s) => delete s.properties.at.format, '/at: format'],
    [
      'the values of a map have no rule any more',
      (s) => delete s.properties.before.patternProperties,
      '/before/patternProperties',
    ],
    ['the items of a list have no rule any more', (s) => delete s.properties.tags.items, '/tags/items: is gone'],
    // A reader with the new schema would refuse recorded events.
    ['an optional field is required', (s) => s.required.push('nick'), '/nick: is required'],
    ['a new field is required', (s) => (s.required.push('fax'), (s.properties.fax = { type: 'string' })), '/fax: is required'],
    ['a type is narrower', (s) => (s.properties.id.type = 'string'), '/id: type was "integer"'],
    ['null is no longer allowed', (s) => s.properties.email.anyOf.pop(), '/email: had 2 alternatives and has 1'],
    ['an alternative is another', (s) => (s.properties.email.anyOf[0].type = 'number'), '/email/0: type was "string"'],
    ['an enum has lost a value', (s) => s.properties.status.enum.pop(), '/status: enum'],
    ['a pattern is another', (s) => (s.properties.nick.pattern = '^b'), '/nick: pattern'],
    ['a pattern is new', (s) => (s.properties.email.anyOf[0].pattern = '@'), '/email/0: pattern was nothing'],
    ['a format is another', (s) => (s.properties.at.format = 'date'), '/at: format'],
    ['a minimum is higher', (s) => (s.properties.id.minimum = 2), '/id: minimum was 1 and is 2'],
    ['unknown fields are refused', (s) => (s.additionalProperties = false), '/: additionalProperties was nothing'],
    ['a list has a rule for its items', (s) => (s.properties.tags.items.required = ['name']), '/tags/items/name: is required'],
    // Neither reader can know what it means.
    [
      'a rule is one that the check does not know',
      (s) => (s.properties.nick.contentEncoding = 'base64'),
      '/nick: contentEncoding',
    ],
    ['the schema has another name', (s) => (s.$id = 'urn:example:v2'), '/: $id was'],
  ])('when %s / fails', (_what, change, line) => {
    const breaks = breaksOf(released, changed(change));
    expect(breaks).toEqual(expect.arrayContaining([expect.stringContaining(line)]));
  });

  it('when a field is new in an object that forbids unknown names / fails', () => {
    const closed = changed((s) => (s.properties.place.additionalProperties = false));
    const grown = asFile(closed);
    grown['properties'].place.properties.zip = { type: 'string' };
    expect(breaksOf(closed, grown)).toEqual(['/place/zip: is new where readers take no unknown names']);
  });
});
