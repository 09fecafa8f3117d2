import { validateHeaderValue } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { EVENT_EXAMPLES } from '#app/contracts';
import { HTTP } from 'cloudevents';
import { Webhook } from 'standardwebhooks';
import { requestOf, signer } from './cloud-event-request.js';

const secretOf = (bytes: string): string => `whsec_${Buffer.from(bytes).toString('base64')}`;
const SECRET = secretOf('0123456789abcdef01234567');

describe('an event as an HTTP request', () => {
  it.each(Object.values(EVENT_EXAMPLES))('when it is $name / the CloudEvents SDK reads the same event', (event) => {
    const { headers, body } = requestOf(event);
    const read = HTTP.toEvent({ headers, body }) as any;
    expect(read).toMatchObject({ id: event.id, type: `contact-sync.${event.name}.v1`, source: '/contact-sync/gateway' });
    expect(read.correlationid).toBe(event.correlationId);
    expect(Number(read.sequence)).toBe(event.data.version);
    const { credential: _, ...data } = event.data as { credential?: unknown };
    expect(read.data).toEqual(data);
    expect(body).not.toContain('credential');
  });

  it('when an attribute has other characters / they are percent-encoded', () => {
    const { headers } = requestOf({ ...EVENT_EXAMPLES.ContactDeleted, correlationId: 'a "b" 5% €' });
    expect(headers['ce-correlationid']).toBe('a%20%22b%22%205%25%20%E2%82%AC');
  });

  it('when the values of a foreign record are none of a header / they are percent-encoded, and the signature is of the id as it is sent', () => {
    const event = { ...EVENT_EXAMPLES.ContactUpdated, id: '1\n€', correlationId: '\r\ud800', traceparent: '00-é\n' };
    const { headers, body } = signer(SECRET)(requestOf(event), new Date());
    for (const [name, value] of Object.entries(headers)) expect(() => validateHeaderValue(name, value)).not.toThrow();
    expect(headers).toMatchObject({
      'webhook-id': headers['ce-id'],
      'ce-id': '1%0A%E2%82%AC',
      traceparent: headers['ce-traceparent'],
    });
    expect(new Webhook(SECRET).verify(body, headers)).toEqual(JSON.parse(body));
  });

  it.each([
    ['has no prefix', Buffer.alloc(24, 1).toString('base64')],
    ['is the prefix alone', 'whsec_'],
    ['is one byte', 'whsec_YQ=='],
    ['is shorter than 24 bytes', `whsec_${Buffer.alloc(23, 1).toString('base64')}`],
    ['is longer than 64 bytes', `whsec_${Buffer.alloc(65, 1).toString('base64')}`],
    ['is no base64', `whsec_${'!'.repeat(32)}`],
    ['is base64url', `whsec_${Buffer.alloc(24, 0xff).toString('base64url')}`],
  ])('when a secret %s / it is none', (_, secret) => {
    expect(() => signer(secret)).toThrow();
  });

  it.each([24, 64])('when a secret has %i bytes / it signs', (length) => {
    expect(() => signer(`whsec_${Buffer.alloc(length, 1).toString('base64')}`)).not.toThrow();
  });

  it('when it is signed / a receiver of Standard Webhooks verifies it, and rejects another body', () => {
    const { headers, body } = signer(SECRET)(requestOf(EVENT_EXAMPLES.ContactUpdated), new Date());
    expect(new Webhook(SECRET).verify(body, headers)).toEqual(JSON.parse(body));
    expect(() => new Webhook(SECRET).verify(`${body} `, headers)).toThrow('No matching signature');
  });

  it('when there are two secrets / a receiver that has either verifies it, and one that has another rejects it', () => {
    const next = secretOf('the next secret of a hook');
    const { headers, body } = signer(SECRET, next)(requestOf(EVENT_EXAMPLES.ContactUpdated), new Date());
    for (const secret of [SECRET, next]) expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body));
    expect(() => new Webhook(secretOf('another secret of a hook')).verify(body, headers)).toThrow('No matching signature');
  });

  it('when one of two secrets is none / there is none', () => {
    expect(() => signer(SECRET, 'whsec_YQ==')).toThrow();
  });
});
