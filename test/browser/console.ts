import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { localRun } from './browser.js';

/** The console, entered by its token as in a second browser. */
export async function openConsole(browser: Browser, tab: string, options: BrowserContextOptions = {}): Promise<Page> {
  const { consoleUrl, dataDir } = localRun();
  const context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'], ...options });
  const page = await context.newPage();
  // A killed program is back within this time on a busy machine too.
  page.setDefaultTimeout(90_000);
  await page.goto(consoleUrl);
  await page.getByLabel('Token').fill(readFileSync(join(dataDir, 'secrets/console-token'), 'utf8').trim());
  await page.getByRole('button', { name: 'Enter' }).click();
  // Its scripts are at work.
  await page.getByRole('list', { name: 'What runs' }).getByRole('listitem').first().waitFor();
  await page.getByRole('tab', { name: tab }).click();
  return page;
}

/** The state that the head of the page shows for a program of the run. */
export const stateOf = (page: Page, program: string, state: string) =>
  page.getByRole('list', { name: 'What runs' }).getByText(new RegExp(`${program} ${state}`));
