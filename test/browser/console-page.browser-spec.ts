import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { localRun, openBrowser } from './browser.js';
import { openConsole, stateOf } from './console.js';

let browser: Browser;
let page: Page;
beforeAll(async () => {
  browser = await openBrowser();
  page = await openConsole(browser, 'Path');
});
afterAll(() => browser?.close());

const button = (name: string | RegExp) => page.getByRole('button', { name });
const tab = (name: string): Promise<void> => page.getByRole('tab', { name }).click();
const focused = (): Promise<string> => page.evaluate('document.activeElement.textContent');

async function gateway(method: string, path: string, body?: object): Promise<any> {
  const { gatewayUrl, apiToken } = localRun();
  const headers = { authorization: `Bearer ${apiToken}`, 'content-type': 'application/json' };
  const answer = await fetch(`${gatewayUrl}/external/api/v1${path}`, {
    method,
    headers,
    ...(body && { body: JSON.stringify(body) }),
  });
  return answer.json();
}

describe("the console's page", () => {
  it('when another field than a name with a line break is changed / the update names that field alone', async () => {
    const { data: company } = await gateway('POST', '/companies', { name: 'Acme Corp' });
    const { data } = await gateway('POST', '/contacts', { first_name: 'Line 1\nLine 2', company_id: company.id });
    await page.reload();
    await page
      .getByLabel('Contact', { exact: true })
      .first()
      .selectOption(data.id as string);
    await page.getByRole('heading', { name: 'Line 1' }).waitFor();
    await page.getByLabel('Phone').fill('555-0100');
    const sent = page.waitForRequest((request) => request.method() === 'POST');
    await button('Send the update').click();
    expect((await sent).postDataJSON()).toEqual({ phone_1: '555-0100' });
    await page.getByText('200 done').waitFor();
  });

  it('when only the keyboard is used / the focus stays on the button, and in an open record its notice is told', async () => {
    await page.getByLabel('Phone').fill('555-0101');
    await button('Send the update').press('Enter');
    await page.getByText('version 3').first().waitFor();
    expect(await focused()).toBe('Send the update');
    await button('ContactUpdated').first().press('Enter');
    const record = page.getByRole('dialog');
    await record.getByRole('button', { name: 'Copy as kcat' }).press('Enter');
    await record.getByRole('status').getByText('Copied as kcat.').waitFor();
    expect(await focused()).toBe('Copy as kcat');
    await page.keyboard.press('Escape');
  });

  it('when it is scrolled down / its notice is seen', async () => {
    await tab('Faults');
    await page.setViewportSize({ width: 360, height: 640 });
    await button('Broken record').click();
    await page.getByText('Published under the key').waitFor();
    const { y, height } = (await page.locator('#notice').boundingBox())!;
    expect([y >= 0, y + height <= 640]).toEqual([true, true]);
    await page.setViewportSize({ width: 1280, height: 720 });
  });

  it('when a dead letter comes while another is read / it stays open, with the focus', async () => {
    await tab('Dead letters');
    const letters = page.locator('#letter-rows > tr');
    await letters.first().waitFor();
    const before = await letters.count();
    await letters.first().getByRole('button').first().click();
    await page.locator('#letter').waitFor();
    await page.evaluate(`import('/api.mjs').then(({ post }) => post('/api/poison/broken'))`);
    await letters.nth(before).waitFor();
    expect(await page.locator('#letter').isVisible()).toBe(true);
    expect(await page.evaluate('document.activeElement.id')).toBe('letter');
  });

  it('when the gateway was away as the page was opened / emails can be swapped once it runs', async () => {
    await tab('Faults');
    await button('Stop Gateway').click();
    await stateOf(page, 'gateway', 'stopped').waitFor();
    await page.reload();
    await button('Start Gateway').waitFor();
    await button(/^Swap$/).click();
    await page.getByText('The gateway does not answer.').waitFor();
    await button('Start Gateway').click();
    await page.locator('#health').getByText('ok: publishing').waitFor();
    await button(/^Swap$/).click();
    await page.getByText('The emails are swapped').waitFor();
  });
});
