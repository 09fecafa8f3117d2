import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { complaintsOf, localRun, openBrowser } from './browser.js';

/** Those that remove what others read come last. */
const LAST = ['removeCompanyTag', 'removePortalLogin', 'removePortalLoginAlias', 'deleteContact', 'deleteCompany', 'revokeToken'];

let browser: Browser;
let page: Page;
let complaints: string[];
beforeAll(async () => {
  browser = await openBrowser();
  page = await browser.newPage();
  complaints = complaintsOf(page);
  // Opened once: a second navigation breaks off what the first still loads, and that would be a complaint.
  const icon = page.waitForRequest(/favicon/);
  await page.goto(`${localRun().gatewayUrl}/docs`, { waitUntil: 'networkidle' });
  await page.locator('.opblock').first().waitFor();
  // An icon is not waited for by 'networkidle'.
  await (await icon).response();
});
afterAll(() => browser?.close());

async function authorize(): Promise<void> {
  await page.locator('.auth-wrapper .authorize').first().click();
  await page.locator('.auth-container input').fill(localRun().apiToken);
  await page.locator('.auth-btn-wrapper .authorize').click();
  await page.locator('.btn-done').click();
}

/** The ids of all operations on the page, removals last. */
async function operationIds(): Promise<string[]> {
  const ids = await page.locator('.opblock').evaluateAll((blocks: { id: string }[]) => blocks.map(({ id }) => id));
  const rank = (id: string): number => LAST.indexOf(id.split('-').at(-1)!);
  return ids.sort((one, other) => rank(one) - rank(other));
}

/** Opens an operation, executes it as it stands, closes it. @returns the status of the answer */
async function tryOut(id: string): Promise<string> {
  const block = page.locator(`[id="${id}"]`);
  await block.locator('.opblock-summary-control').click();
  await block.locator('.try-out__btn').click();
  await block.locator('.execute').click();
  const status = block.locator('.live-responses-table .response .response-col_status').first();
  await status.waitFor();
  const text = await status.innerText();
  await block.locator('.opblock-summary-control').click();
  return text.trim();
}

describe('the page /docs', () => {
  it('when it is opened / shows the operations, without an error', async () => {
    await page.getByText('/external/api/v1/contacts/{id}').first().waitFor();
    expect(complaints).toEqual([]);
  });

  it('when a token was given / keeps it over a reload', async () => {
    await authorize();
    await page.reload();
    await page.locator('.auth-wrapper .authorize.locked').waitFor();
  });

  it('when each operation is tried out unedited / every answer is a success, but for a company in use', async () => {
    const ids = await operationIds();
    expect(ids.length).toBeGreaterThan(30);
    const refused: string[] = [];
    for (const id of ids) {
      const status = await tryOut(id);
      if (!/^2\d\d/.test(status)) refused.push(`${id}: ${status}`);
    }
    expect(refused).toEqual(['operations-companies-deleteCompany: 409']);
  }, 300_000);
});
