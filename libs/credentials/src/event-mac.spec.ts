import { describe, expect, it } from '@jest/globals';
import { createHash, createHmac } from 'node:crypto';
import { markDefect, markOf, type MarkableRecord } from './event-mac.js';
import { generateEventMacKeys, readEventMacKeys } from './event-mac.keys.js';

/** The test vector of docs/subscribers.md. */
const VECTOR = {
  jwks: '{"keys":[{"kty":"oct","kid":"mac-1","k":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"}]}',
  record: {
    key: '123',
    value:
      '{"contact_id":123,"version":3,"position":4711,"changes":["removed"],"email":null,"previous_email":null,"credential":null}',
    headers: {
      ce_id: '0194c9a2-5f00-7000-8000-000000000001',
      ce_type: 'contact-sync.PortalLoginChanged.v1',
      ce_sequence: '00000000000000000003',
    },
  },
  mark: 'v1.mac-1.cJt2XhW9aOfq-si5RVAZROJOygjg80uM3Ab2k20M_O4',
  tombstoneMark: 'v1.mac-1.Rvg91sJ1rHuuavW0Oq8KrVF4EiXFKLxRbWGulcaaCjE',
};

const keys = readEventMacKeys(VECTOR.jwks);
const tombstone = { ...VECTOR.record, value: null };

const marked = (record: MarkableRecord, mark = markOf(keys, record)): MarkableRecord => ({
  ...record,
  headers: { ...record.headers, ce_mac: mark },
});

describe('when a record is marked', () => {
  it('its mark / is the HMAC of six parts with a line feed between', () => {
    const { key, value, headers } = VECTOR.record;
    const hash = createHash('sha256').update(value).digest('base64url');
    const text = ['portal-logins.v1', key, headers.ce_id, headers.ce_type, headers.ce_sequence, hash].join('\n');
    const mac = createHmac('sha256', Buffer.from(Array.from({ length: 32 }, (_, index) => index)))
      .update(text)
      .digest('base64url');
    expect(markOf(keys, VECTOR.record)).toBe(`v1.mac-1.${mac}`);
  });

  it('a mark of letters beyond ASCII and of bytes that are no text / is the HMAC of the bytes', () => {
    const bytes = Buffer.from([0xff, 0x00, 0x80]);
    const record = { key: bytes, value: '\u{1f600}', headers: { ...VECTOR.record.headers, ce_id: 'd\u00e9j\u00e0' } };
    const { ce_type, ce_sequence } = VECTOR.record.headers;
    const hash = createHash('sha256').update('\u{1f600}').digest('base64url');
    const parts = ['portal-logins.v1', bytes, 'd\u00e9j\u00e0', ce_type, ce_sequence, hash].map((part) =>
      Buffer.from(part as string),
    );
    const text = Buffer.concat(parts.flatMap((part, index) => (index === 0 ? [part] : [Buffer.from('\n'), part])));
    const mac = createHmac('sha256', Buffer.from(Array.from({ length: 32 }, (_, index) => index)));
    expect(markOf(keys, record)).toBe(`v1.mac-1.${mac.update(text).digest('base64url')}`);
  });

  it('the marks / are those of the test vector', () => {
    expect(markOf(keys, VECTOR.record)).toBe(VECTOR.mark);
    expect(markOf(keys, tombstone)).toBe(VECTOR.tombstoneMark);
  });
});

describe('when a mark is judged', () => {
  it.each([
    ['a record', VECTOR.record],
    ['a tombstone', tombstone],
  ])('%s as it was sent, also in bytes / is accepted', (_, record) => {
    const sent = marked(record);
    expect(markDefect(keys, sent)).toBeUndefined();
    const bytes = Object.fromEntries(Object.entries(sent.headers!).map(([name, text]) => [name, Buffer.from(text as string)]));
    const received = { key: Buffer.from(record.key), value: record.value && Buffer.from(record.value), headers: bytes };
    expect(markDefect(keys, { ...received, value: received.value || null })).toBeUndefined();
  });

  it('with any key of the set / is accepted', () => {
    const [newer] = generateEventMacKeys('mac-2').keys;
    const rotated = readEventMacKeys(JSON.stringify({ keys: [newer, ...(JSON.parse(VECTOR.jwks) as { keys: object[] }).keys] }));
    expect(markDefect(rotated, marked(VECTOR.record))).toBeUndefined();
    expect(markDefect(keys, marked(VECTOR.record, markOf(rotated, VECTOR.record)))).toBe('ce_mac is of an unknown key');
  });

  const genuine = marked(VECTOR.record);
  function inStructuredMode(type: string): [string, MarkableRecord, string] {
    const record = { ...genuine, headers: { ...genuine.headers, 'content-type': type } };
    return [`is in structured mode as "${type}"`, record, 'it is in structured mode'];
  }

  it.each<[string, MarkableRecord, string]>([
    ['has no mark', VECTOR.record, 'ce_mac is missing'],
    ['has an empty mark', marked(VECTOR.record, ''), 'ce_mac is malformed'],
    ['has a mark that ends in other unused bits', marked(VECTOR.record, VECTOR.mark.replace(/4$/, '5')), 'ce_mac is wrong'],
    ['has a padded mark', marked(VECTOR.record, `${markOf(keys, VECTOR.record)}=`), 'ce_mac is malformed'],
    ['has a mark with text before it', marked(VECTOR.record, `v1.${VECTOR.mark}`), 'ce_mac is malformed'],
    ['has a mark of another version', marked(VECTOR.record, VECTOR.mark.replace('v1', 'v2')), 'ce_mac is malformed'],
    ['has the mark of another record', marked(VECTOR.record, markOf(keys, tombstone)), 'ce_mac is wrong'],
    ['has another key', { ...genuine, key: '124' }, 'ce_mac is wrong'],
    ['has another value', { ...genuine, value: '{}' }, 'ce_mac is wrong'],
    ['has lost its value', { ...genuine, value: null }, 'ce_mac is wrong'],
    ['is a tombstone with an empty value', { ...marked(tombstone), value: '' }, 'its value is empty'],
    ['is a tombstone with an empty value in bytes', { ...marked(tombstone), value: Buffer.alloc(0) }, 'its value is empty'],
    ['has another id', { ...genuine, headers: { ...genuine.headers, ce_id: 'x' } }, 'ce_mac is wrong'],
    ['has another type', { ...genuine, headers: { ...genuine.headers, ce_type: 'x' } }, 'ce_mac is wrong'],
    ['has another sequence', { ...genuine, headers: { ...genuine.headers, ce_sequence: '1' } }, 'ce_mac is wrong'],
    ['has a header twice', { ...genuine, headers: { ...genuine.headers, ce_id: ['a', 'b'] } }, 'ce_id is there twice'],
    [
      'has two content types',
      { ...genuine, headers: { ...genuine.headers, 'content-type': ['a', 'b'] } },
      'content-type is there twice',
    ],
    ['has two marks', { ...genuine, headers: { ...genuine.headers, ce_mac: ['a', 'b'] } }, 'ce_mac is there twice'],
    ...['application/cloudevents+json', ' APPLICATION/CloudEvents+JSON; charset=UTF-8'].map(inStructuredMode),
  ])('when a record %s / is refused', (_, record, defect) => {
    expect(markDefect(keys, record)).toBe(defect);
  });
});

describe('when a key set is read', () => {
  it.each([
    ['no JSON', 'AAEC'],
    ['no set', '{"k":"AAEC"}'],
    ['no key', '{"keys":[]}'],
    ['a short key', '{"keys":[{"kty":"oct","kid":"a","k":"AAECAwQFBgcICQoLDA0ODw"}]}'],
    ['a key without a kid', '{"keys":[{"kty":"oct","k":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"}]}'],
    ['a kid with a dot', '{"keys":[{"kty":"oct","kid":"a.b","k":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"}]}'],
    ['two keys of one kid', JSON.stringify({ keys: ['mac-1', 'mac-1'].flatMap((kid) => generateEventMacKeys(kid).keys) })],
    ['a key of another type', '{"keys":[{"kty":"EC","kid":"a","k":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"}]}'],
  ])('with %s / is refused without being shown', (_, text) => {
    expect(() => readEventMacKeys(text)).toThrow(expect.objectContaining({ message: expect.not.stringContaining('AAEC') }));
  });
});
