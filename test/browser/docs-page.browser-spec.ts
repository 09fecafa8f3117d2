import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { complaintsOf, localRun, openBrowser } from './browser.js';

let browser: Browser;
let page: Page;
beforeAll(async () => {
  browser = await openBrowser();
  page = await browser.newPage();
});
afterAll(() => browser?.close());

describe('the page /docs', () => {
  it('when it is opened / shows the operations, without an error', async () => {
    const complaints = complaintsOf(page);
    await page.goto(`${localRun().gatewayUrl}/docs`);
    await page.getByText('/external/api/v1/contacts/{id}').first().waitFor();
    expect(complaints).toEqual([]);
  });
});
