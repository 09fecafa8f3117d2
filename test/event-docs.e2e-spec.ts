import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { asyncApiDocument, EVENTS } from '#app/contracts';
import { TestGateway } from './gateway.harness.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await TestGateway.start();
});
afterAll(() => gateway.stop());

const get = (path: string) => fetch(`${gateway.url}${path}`);

describe('the event contract of a running gateway', () => {
  it('when it is read without a token / answers with the topics that the gateway writes to', async () => {
    const answer = await get('/asyncapi.json');
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, expect.stringContaining('application/json')]);
    const facts = { prefix: gateway.topicPrefix, partitions: 3, replicationFactor: 1 };
    expect(await answer.json()).toEqual(JSON.parse(JSON.stringify(asyncApiDocument(facts))));
  });

  it('when it is read as a page / shows every event and topic, and loads nothing from elsewhere', async () => {
    const answer = await get('/asyncapi');
    const page = await answer.text();
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    for (const { type } of Object.values(EVENTS)) expect(page).toContain(type);
    for (const text of [
      gateway.topic('contacts.v1'),
      'ce_sequence',
      'contact.company.name',
      'companies[].is_primary',
      'dl_reason',
    ])
      expect(page).toContain(text);
    expect(page).not.toMatch(/https?:|\/\/\w|<script|<link|<img|@import|url\(/i);
  });
});
