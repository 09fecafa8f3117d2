import { EVENTS, EVENT_SOURCE, sequenceOf, subjectOfEvent, type ContactSyncEvent } from '#app/contracts';
import { Webhook } from 'standardwebhooks';

/** An event as an HTTP request. */
export interface EventRequest {
  headers: Record<string, string>;
  body: string;
}

/** CloudEvents 1.0, HTTP protocol binding, binary content mode. The data have no credential: it is for the auth app alone. */
export function requestOf(event: ContactSyncEvent, isReplayed = false): EventRequest {
  const { type, schema } = EVENTS[event.name];
  const attributes = {
    specversion: '1.0',
    id: event.id,
    source: EVENT_SOURCE,
    type,
    time: event.time,
    subject: subjectOfEvent(event),
    dataschema: schema.$id,
    sequence: sequenceOf(event.data.version),
    correlationid: event.correlationId,
    actor: event.actor,
    traceparent: event.traceparent,
    replayed: isReplayed ? 'true' : null,
  };
  const given = Object.entries(attributes).filter((entry): entry is [string, string] => !!entry[1]);
  const { credential: _credential, ...data } = event.data as ContactSyncEvent['data'] & { credential?: unknown };
  return {
    headers: {
      ...Object.fromEntries(given.map(([name, value]) => [`ce-${name}`, headerValue(value)])),
      ...(event.traceparent && { traceparent: headerValue(event.traceparent) }),
      'content-type': 'application/json',
    },
    body: JSON.stringify(data),
  };
}

/** `whsec_` and the base64 of the secret's bytes. */
const SECRET = /^whsec_(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
/** Least and most bytes of a secret. */
const SECRET_BYTES = { least: 24, most: 64 } as const;

/**
 * Signs requests as Standard Webhooks describe: with the event's id and the time of the attempt. Each secret gives a signature, so that a
 * receiver can change from one to the next.
 * @throws {TypeError} if one is not `whsec_` and 24 to 64 bytes in base64
 */
export function signer(...secrets: readonly [string, ...string[]]): (request: EventRequest, now: Date) => EventRequest {
  const webhooks = secrets.map(webhookOf);
  return ({ headers, body }, now) => {
    const id = headers['ce-id']!;
    return {
      body,
      headers: {
        ...headers,
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)),
        'webhook-signature': webhooks.map((webhook) => webhook.sign(id, now, body)).join(' '),
      },
    };
  };
}

function webhookOf(secret: string): Webhook {
  const { length } = Buffer.from(secret.slice('whsec_'.length), 'base64');
  if (!SECRET.test(secret) || length < SECRET_BYTES.least || length > SECRET_BYTES.most) throw new TypeError('No secret.');
  return new Webhook(secret);
}

/** Percent-encodes what a CloudEvents header cannot hold. */
const headerValue = (text: string): string =>
  text.toWellFormed().replace(/[^\x21\x23\x24\x26-\x7e]/gu, (one) => encodeURIComponent(one));
