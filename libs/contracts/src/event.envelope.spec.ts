import { describe, expect, it } from '@jest/globals';
import { decodeRecord, encodeEvent, type DecodedRecord } from './event.codec.js';
import { isStructuredMode } from './event.envelope.js';
import { UnreadableEvent } from './event.errors.js';
import type { ContactSyncEvent } from './events.js';

/*
 * The cases of CloudEvents' own conformance suite (github.com/cloudevents/conformance): the scenarios of its Kafka binding, and
 * the valid and invalid events of its JSON format, under their names there. Data and type are those of an event that this reader knows.
 */

const login: ContactSyncEvent<'PortalLoginChanged'> = {
  name: 'PortalLoginChanged',
  id: '1234-1234-1234',
  time: '2018-04-05T03:56:24Z',
  correlationId: '',
  actor: null,
  traceparent: null,
  data: {
    contact_id: 123,
    version: 3,
    position: 4711,
    changes: ['email'],
    email: 'new@x.io',
    previous_email: 'old@x.io',
    credential: 'e.y.J',
  },
};
const { ce_type: TYPE } = encodeEvent(login).headers;
const EVENT = {
  specversion: '1.0',
  id: '1234-1234-1234',
  type: TYPE,
  source: '/mycontext/subcontext',
  time: '2018-04-05T03:56:24Z',
};

const structured = (changes: object, contentType = 'application/cloudevents+json'): DecodedRecord =>
  decodeRecord({
    key: '123',
    value: JSON.stringify({ ...EVENT, datacontenttype: 'application/json', data: login.data, ...changes }),
    headers: { 'content-type': Buffer.from(contentType) },
  });
const binary = (headers: Record<string, string | undefined>): DecodedRecord =>
  decodeRecord({
    key: '123',
    value: JSON.stringify(login.data),
    headers: {
      ...Object.fromEntries(Object.entries(EVENT).map(([name, value]) => [`ce_${name}`, value])),
      'content-type': 'application/json',
      ...headers,
    },
  });
const read = (event: object = {}) => ({ kind: 'event', event: { ...login, ...event } });

describe("CloudEvents' Kafka protocol binding", () => {
  it('when a record is in binary content mode / gives the attributes and the data', () => expect(binary({})).toEqual(read()));

  it.each([
    'application/cloudevents+json',
    'application/cloudevents+json; charset=utf-8',
    'APPLICATION/CLOUDEVENTS+JSON; charset=UTF-8',
    ' application/CloudEvents+json ;charset="utf-8"',
  ])('when a record is in structured content mode as "%s" / gives the attributes and the data', (contentType) =>
    expect(structured({}, contentType)).toEqual(read()),
  );

  it.each([
    'application/cloudevents+json-seq',
    'application/cloudevents+jsonx',
    'application/cloudevents-batch+json',
    'application/json',
  ])('when a content type is "%s" / it is not the one of structured mode', (contentType) =>
    expect(isStructuredMode(contentType)).toBe(false),
  );
});

describe("valid events of CloudEvents' JSON format", () => {
  const without = { time: undefined, datacontenttype: undefined };
  it.each<[string, object, object]>([
    ['validMinimal', without, { time: '' }],
    ['validMinimalWithNullForOptional', { datacontenttype: null, dataschema: null, subject: null, time: null }, { time: '' }],
    ['validAllCoreAttributes', { dataschema: 'https://cloudevents.io/dataschema', subject: 'tests' }, {}],
    ...['2018-04-05T17:31:00Z', '2018-04-05T17:31:00.000000000Z', '2018-04-05T18:31:00+01:00', '2018-04-05T16:31:00-01:00'].map(
      (time): [string, object, object] => [`validMinimalWithTime ${time}`, { time }, { time }],
    ),
    ['validRelativeSource', { source: '#fragment' }, {}],
    [
      'validAllExtensionTypes',
      {
        ...{
          extinteger: 10,
          extboolean: true,
          extstring: 'text',
          exturi: 'https://cloudevents.io',
          exturiref: '//authority/path',
        },
        ...{ exttimestamp: '2023-03-31T15:12:00Z', extbinary: 'TWE=' },
      },
      {},
    ],
    ['an extension that this reader knows as a number', { actor: 7 }, { actor: '7' }],
    ['data_base64 with JSON', { data: undefined, data_base64: Buffer.from(JSON.stringify(login.data)).toString('base64') }, {}],
  ])('when an event is %s / is read', (_, changes, expected) => expect(structured(changes)).toEqual(read(expected)));

  it('when the type is unknown / is skipped', () =>
    expect(structured({ type: 'io.cloudevents.test', data: 'Simple text' })).toEqual({
      kind: 'unknown',
      type: 'io.cloudevents.test',
    }));
});

describe("invalid events of CloudEvents' JSON format", () => {
  const times = [
    'lunchtime',
    '2018-04-05T18:31Z',
    '2018-04-05T18:31:00X',
    '2018-04-05T18:31:00+25:00',
    '2018-04-05T18:31:00+xx:00',
  ];
  it.each<[string, object]>([
    ...['specversion', 'id', 'type', 'source'].flatMap((name): [string, object][] => [
      [`invalidNo ${name}`, { [name]: undefined }],
      [`invalidEmpty ${name}`, { [name]: '' }],
    ]),
    ...[...times, '2018-04-05T18:31:00+05', ''].map((time): [string, object] => [`invalidTime "${time}"`, { time }]),
    ['invalidUnknownSpecVersion', { specversion: '0.9' }],
    ['invalidNonRfc2046DataContentType', { datacontenttype: 'xyz' }],
    ['invalidEmptyDataContentType', { datacontenttype: '' }],
    ['invalidEmptyDataSchema', { dataschema: '' }],
    ['invalidEmptySubject', { subject: '' }],
    ['invalidNumericId', { id: 25 }],
    ['invalidObjectId', { id: { xyz: 'abc' } }],
    ['invalidCapitalizedExtension', { MyExtension: 'bad' }],
    ['invalidPunctuatedExtension', { 'my.extension': 'bad' }],
    ['invalidNonIntegerExtensionValue', { myextension: 1.5 }],
    ['an extension above 32 bits', { myextension: 2 ** 31 }],
    ['an extension that is a list', { myextension: [] }],
    ['invalidBothDataAndDataBase64', { data_base64: 'eyAieHl6IjogMTIzIH0=' }],
    ['data_base64 that is none', { data: undefined, data_base64: '%' }],
  ])('when an event is %s / is refused', (_, changes) => expect(() => structured(changes)).toThrow(UnreadableEvent));

  it.each([
    ...[...times, ''].map((time) => ({ ce_time: time })),
    { ce_subject: '' },
    { ce_dataschema: '' },
    { 'content-type': 'xyz' },
    { ce_source: '' },
    { ce_source: undefined },
  ])('when the headers of binary content mode have %j / the record is refused', (headers) =>
    expect(() => binary(headers)).toThrow(UnreadableEvent),
  );
});
