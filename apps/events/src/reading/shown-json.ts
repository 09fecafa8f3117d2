import type { ShownRecord } from './shown-record.js';

/** A record as one JSON object, without its credential. */
export function shownJson(record: ShownRecord): Record<string, unknown> {
  const {
    topic,
    partition,
    offset,
    timestamp,
    kind,
    name,
    contactId,
    companyId,
    version,
    id,
    correlationId,
    actor,
    event,
    reason,
  } = record;
  return {
    topic,
    partition,
    offset,
    timestamp: new Date(timestamp).toISOString(),
    ...{
      kind,
      name,
      contact_id: contactId,
      ...(companyId === null ? {} : { company_id: companyId }),
      version,
      id,
      correlation_id: correlationId,
      actor,
      replayed: record.replayed,
    },
    ...(event ? { data: event.data } : {}),
    ...(reason === null ? {} : { reason }),
  };
}
