import Type, { type Static } from 'typebox';
import { EVENT_SOURCE } from './events.js';

const header = (description: string, example: string, rules: object = {}) =>
  Type.String({ ...rules, description, examples: [example] });

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

/** Headers of every record, including tombstones: CloudEvents 1.0, Kafka protocol binding, binary content mode. */
export const CloudEventHeadersSchema = Type.Object(
  {
    ce_specversion: header('Version of CloudEvents.', '1.0', { const: '1.0' }),
    ce_id: header(
      'UUIDv7 of the event; the same on every repetition. A tombstone has one of its own.',
      '0194c9a2-5f00-7000-8000-000000000002',
    ),
    ce_source: header('Who made the event; the same whatever the topic prefix.', EVENT_SOURCE, { const: EVENT_SOURCE }),
    ce_type: header('Which event it is: skip those that you do not know.', 'contact-sync.ContactUpdated.v1'),
    ce_time: header('When the change was made, RFC 3339 in UTC.', '2026-02-03T04:05:06.789Z', { format: 'date-time' }),
    ce_subject: header('The contact.', 'contacts/123', { pattern: '^contacts/[1-9][0-9]*$' }),
    ce_dataschema: header('The `$id` of the schema of the value.', 'urn:contact-sync:schemas:ContactUpdated:v1'),
    ce_sequence: header(
      'The version, 20 digits, so that it sorts as text; it counts per subject and topic. On a tombstone that of the removal.',
      '00000000000000000007',
      { pattern: '^[0-9]{20}$' },
    ),
    ce_correlationid: header(
      'Id of the request that led to the change (`X-Request-Id`).',
      'f3b1c2d4-0000-4000-8000-000000000001',
    ),
    ce_actor: Type.Optional(header('Id of the API token that asked for the change, decimal; absent where no token did.', '7')),
    ce_traceparent: Type.Optional(header('W3C trace context of the request; absent where it was not traced.', TRACEPARENT)),
    traceparent: Type.Optional(header('Trace context of the transport, which tracing libraries renew at each hop.', TRACEPARENT)),
    ce_mac: Type.Optional(
      header(
        'Mark of the gateway on the records of logins, tombstones included: `v1.<kid>.<mac>`. Readers without its keys ignore it.',
        'v1.mac-1.cJt2XhW9aOfq-si5RVAZROJOygjg80uM3Ab2k20M_O4',
        { pattern: '^v1\\.[A-Za-z0-9_-]{1,64}\\.[A-Za-z0-9_-]{43}$' },
      ),
    ),
    ce_replayed: Type.Optional(header('Set on a record that an operator published again.', 'true')),
  },
  { $id: 'urn:contact-sync:schemas:CloudEventHeaders:v1', title: 'CloudEventHeaders', description: 'Headers of every record.' },
);

const { ce_mac: _marksOfLogins, ...COMPANY_HEADERS } = CloudEventHeadersSchema.properties;

/** Headers of every record about a company: as {@link CloudEventHeadersSchema}, with its own subject and without a mark. */
export const CompanyEventHeadersSchema = Type.Object(
  {
    ...COMPANY_HEADERS,
    ce_type: header('Which event it is: skip those that you do not know.', 'contact-sync.CompanyUpdated.v1'),
    ce_subject: header('The company.', 'companies/456', { pattern: '^companies/[1-9][0-9]*$' }),
    ce_dataschema: header('The `$id` of the schema of the value.', 'urn:contact-sync:schemas:CompanyUpdated:v1'),
  },
  {
    $id: 'urn:contact-sync:schemas:CompanyEventHeaders:v1',
    title: 'CompanyEventHeaders',
    description: 'Headers of every record about a company.',
  },
);

/** More headers of records with a value. */
export const ValueHeadersSchema = Type.Object({
  'content-type': header('Media type of the value; absent on a tombstone.', 'application/json'),
});

/** Headers that a dead letter adds to those of the original record. */
export const DeadLetterHeadersSchema = Type.Object(
  {
    dl_reason: header('Why the record can never be applied; holds no value of it.', 'UnreadableEvent: Not JSON: the value.'),
    dl_topic: header('Topic of the original.', 'contact-sync.portal-logins.v1'),
    dl_partition: header('Partition of the original.', '3', { pattern: '^[0-9]+$' }),
    dl_offset: header('Offset of the original.', '4711', { pattern: '^[0-9]+$' }),
    dl_time: header('When it was put aside, RFC 3339 in UTC.', '2026-02-03T04:05:07.000Z', { format: 'date-time' }),
    dl_cut: Type.Optional(
      header('What the letter lacks of the original, because it is too large; absent where it is whole.', 'value'),
    ),
  },
  {
    $id: 'urn:contact-sync:schemas:DeadLetterHeaders:v1',
    title: 'DeadLetterHeaders',
    description: 'Headers that a dead letter has beside those of the original.',
  },
);

/** Headers that a dead letter adds to those of the original record. */
export type DeadLetterHeaders = Static<typeof DeadLetterHeadersSchema>;
