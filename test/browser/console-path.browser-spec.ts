import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { complaintsOf, openBrowser } from './browser.js';
import { openConsole } from './console.js';

let browser: Browser;
let page: Page;
let complaints: string[];
beforeAll(async () => {
  browser = await openBrowser();
  page = await openConsole(browser, 'Path');
  complaints = complaintsOf(page);
});
// An open dialog keeps the page from the next test.
afterEach(() => page?.keyboard.press('Escape'));
afterAll(() => browser?.close());

const clipboard = (): Promise<string> => page.evaluate('navigator.clipboard.readText()');

describe("the console's path of an update", () => {
  it("when a contact's email is changed / shows the answer, both events, the same login in both apps and the time between", async () => {
    const email = page.getByLabel('Email', { exact: true });
    const before = await email.inputValue();
    const after = `seen.${Date.now()}@acme.example`;
    await email.fill(after);
    await page.getByRole('button', { name: 'Send the update' }).click();

    await page.getByText('200 done').waitFor();
    await page.getByText(/^Login version \d+ after \d+ ms/).waitFor();
    await page.getByText('✓ The same in both apps').waitFor();
    const login = page.locator('#logins').getByRole('row', { name: 'Email' }).getByRole('cell');
    expect(await login.allTextContents()).toEqual([after, after]);
    const events = page.locator('#path-events > li');
    await events.nth(1).waitFor();
    for (const name of ['ContactUpdated', 'PortalLoginChanged']) {
      const event = events.filter({ hasText: name });
      expect(await event.locator('del').textContent()).toBe(`was ${before}`);
      expect(await event.locator('ins').textContent()).toBe(`is now ${after}`);
    }
    expect(complaints).toEqual([]);
  });

  it('when an event is opened / shows its whole record and the history, and copies it in three forms', async () => {
    await page.getByRole('button', { name: 'ContactUpdated' }).first().click();
    const record = page.getByRole('dialog');
    for (const text of ['Partition', 'Offset', 'ce_correlationid', 'ce_sequence']) await record.getByText(text).waitFor();
    await record.getByRole('button', { name: /^History/ }).click();
    await record.locator('#history del').first().waitFor();

    await record.getByRole('button', { name: 'Copy as curl' }).click();
    await page.getByText('Copied as curl.').waitFor();
    expect(await clipboard()).toMatch(/^curl -s -X PATCH 'http\S+\/contacts\/\d+' [^]*\$API_TOKEN[^]*-d '{"email":/);
    await record.getByRole('button', { name: 'Copy as kcat' }).click();
    await page.getByText('Copied as kcat.').waitFor();
    expect(await clipboard()).toMatch(/^kcat -b '\S+' -C -q -t contact-sync\.contacts\.v1 -p \d+ -o \d+ -c 1/);
    await record.getByRole('button', { name: 'Copy as test fixture' }).click();
    await page.getByText('Copied as test fixture.').waitFor();
    expect(await clipboard()).toMatch(/aContactUpdated\({ email: "seen\.[^"]+" }, { after: before }\)/);
    expect(complaints).toEqual([]);
  });

  it('when a password is set / the page and the copied command do not show it, and the events have no credential', async () => {
    const password = 'a password never shown';
    await page.getByLabel('New portal password').fill(password);
    await page.getByRole('button', { name: 'Send the update' }).click();
    await page.locator('#path-events').getByText('changed: password').waitFor();
    await page.getByRole('button', { name: 'Copy as curl' }).click();
    await page.getByText('Copied as curl.').waitFor();
    await page.getByRole('button', { name: 'PortalLoginChanged' }).last().click();
    const shown = `${await clipboard()} ${await page.content()}`;
    expect(shown).not.toContain(password);
    expect(shown).not.toContain('eyJ');
  });

  it('when the feed is filtered by a contact, a type and a changed field / shows those records alone', async () => {
    await page.getByRole('tab', { name: 'Feed' }).click();
    await page.getByLabel('Contact', { exact: true }).last().fill('1');
    await page.getByLabel('Type').selectOption('ContactUpdated');
    await page.getByLabel('Changed field').fill('email');
    const records = page.locator('#feed-list > li');
    await records.first().waitFor();
    for (const text of await records.allTextContents()) expect(text).toMatch(/ContactUpdated.*contact 1 .*email/s);
  });
});
