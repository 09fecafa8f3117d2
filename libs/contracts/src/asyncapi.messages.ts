import { encodeEvent, tombstoneAfter, type EventRecord } from './event.codec.js';
import { EVENT_EXAMPLES } from './event.examples.js';
import {
  CloudEventHeadersSchema,
  CompanyEventHeadersSchema,
  DeadLetterHeadersSchema,
  ValueHeadersSchema,
} from './event.headers.js';
import { EVENTS, type ContactSyncEvent, type EventName } from './events.js';

const traitOf = (headers: string, entity: string, id: string): object => ({
  headers: { $ref: `#/components/schemas/${headers}` },
  correlationId: { description: 'The request that led to the change.', location: '$message.header#/ce_correlationid' },
  bindings: {
    kafka: {
      key: { type: 'string', pattern: '^[1-9][0-9]*$', description: `${entity} id, decimal ASCII.`, examples: [id] },
      bindingVersion: '0.5.0',
    },
  },
});

/** What all records of a topic share. */
export const asyncApiMessageTraits = {
  cloudEvent: traitOf('CloudEventHeaders', 'Contact', '123'),
  companyEvent: traitOf('CompanyEventHeaders', 'Company', '456'),
};

// A message's own headers are merged with those of its traits.
const valueHeaders = { allOf: [ValueHeadersSchema] };
const trait = [{ $ref: '#/components/messageTraits/cloudEvent' }];
const companyTrait = [{ $ref: '#/components/messageTraits/companyEvent' }];

function eventMessage(name: EventName): object {
  const { type, schema, topic } = EVENTS[name];
  return {
    name: type,
    title: name,
    summary: schema.description,
    contentType: 'application/json',
    traits: topic === 'companies.v1' ? companyTrait : trait,
    headers: valueHeaders,
    payload: { $ref: `#/components/schemas/${name}` },
    examples: [exampleOf(name, encodeEvent(EVENT_EXAMPLES[name]))],
  };
}

const exampleOf = (name: string, { headers, value }: EventRecord): object => ({
  name,
  headers,
  payload: value === null ? null : (JSON.parse(value) as object),
});

const removal: ContactSyncEvent<'PortalLoginChanged'> = {
  ...EVENT_EXAMPLES.PortalLoginChanged,
  data: {
    ...EVENT_EXAMPLES.PortalLoginChanged.data,
    version: 4,
    changes: ['removed'],
    email: null,
    previous_email: null,
    credential: null,
  },
};

const tombstone = {
  name: 'PortalLoginTombstone',
  title: 'Tombstone',
  summary:
    'Follows a removal, with its headers and an id of its own: the login is removed as of `ce_sequence`. No version of its own. The value is null.',
  traits: trait,
  payload: { type: 'null', description: 'No value: what compaction takes as the end of the key.', examples: [null] },
  examples: [exampleOf('PortalLoginTombstone', tombstoneAfter(removal, '0194c9a2-5f00-7000-8000-000000000005'))],
};

const deadLetter = {
  name: 'PortalLoginDeadLetter',
  title: 'Dead letter',
  summary: 'Key, value and headers are the original bytes, whatever they are; the headers below are added.',
  contentType: 'application/octet-stream',
  headers: { $ref: '#/components/schemas/DeadLetterHeaders' },
  payload: { description: 'The original value, byte by byte.', examples: ['not JSON'] },
  bindings: { kafka: { key: { description: 'The original key, byte by byte.' }, bindingVersion: '0.5.0' } },
};

/** Every kind of record on a topic. */
export const asyncApiMessages: Record<string, object> = {
  ...Object.fromEntries((Object.keys(EVENTS) as EventName[]).map((name) => [name, eventMessage(name)])),
  PortalLoginTombstone: tombstone,
  PortalLoginDeadLetter: deadLetter,
};

/** Schemas of the data and of the headers. */
export const asyncApiSchemas: Record<string, object> = {
  ...Object.fromEntries(Object.entries(EVENTS).map(([name, { schema }]) => [name, schema])),
  CloudEventHeaders: CloudEventHeadersSchema,
  CompanyEventHeaders: CompanyEventHeadersSchema,
  DeadLetterHeaders: DeadLetterHeadersSchema,
};
