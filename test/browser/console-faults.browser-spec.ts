import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Locator, Page } from 'playwright-core';
import { openBrowser } from './browser.js';
import { openConsole, stateOf } from './console.js';

let browser: Browser;
let page: Page;
beforeAll(async () => {
  browser = await openBrowser();
  page = await openConsole(browser, 'Faults');
});
afterAll(() => browser?.close());

const button = (name: string): Locator => page.getByRole('button', { name, exact: true });
const tab = (name: string): Promise<void> => page.getByRole('tab', { name }).click();
const letters = (): Locator => page.locator('#letter-rows > tr');
const processOf = async (program: string): Promise<string> =>
  /process (\d+)/.exec((await page.locator(`#program-${program}`).textContent()) ?? '')?.[1] ?? '';

describe("the console's faults", () => {
  it('when the auth app is stopped / an update is answered, its login waits, and follows after the start', async () => {
    await button('Stop Auth app').click();
    await stateOf(page, 'auth', 'stopped').waitFor();
    await tab('Path');
    await page.getByLabel('Email', { exact: true }).fill(`while.away.${Date.now()}@acme.example`);
    await button('Send the update').click();
    await page.getByText('200 done').waitFor();
    await page.locator('#path-events').getByText('PortalLoginChanged').waitFor();
    await tab('Faults');
    await page.getByText(/Lag of the auth app: [1-9]\d* records behind/).waitFor();
    await button('Start Auth app').click();
    await stateOf(page, 'auth', 'running').waitFor();
    await tab('Path');
    await page.getByText(/^Login version \d+ after \d+ ms/).waitFor();
    await page.getByText('✓ The same in both apps').waitFor();
  });

  it('when the gateway is killed / it starts again as another process and answers', async () => {
    await tab('Faults');
    const before = await processOf('gateway');
    await button('Kill Gateway').click();
    await stateOf(page, 'gateway', 'restarting').waitFor();
    await page.locator('#health').getByText('does not answer').waitFor();
    await stateOf(page, 'gateway', 'running').waitFor();
    expect(await processOf('gateway')).not.toBe(before);
    await page.locator('#health').getByText('ok: publishing').waitFor();
  });

  it('when the broker is frozen under load / events wait in the outbox, and it empties after the thaw', async () => {
    await button('Freeze Broker').click();
    await stateOf(page, 'Kafka', 'frozen').waitFor();
    try {
      await page.getByLabel('Load').fill('20');
      await page.getByText(/[1-9]\d* done, \d+ failed/).waitFor();
      await page.getByText(/Outbox: [1-9]\d* events wait/).waitFor();
      await page.getByLabel('Load').fill('0');
    } finally {
      await button('Thaw Broker').click();
    }
    await page.getByText('Outbox: 0 events wait').waitFor();
  });

  it('when a broken record is published / it is a dead letter with its reason, comes back after a redrive, and is discarded', async () => {
    await button('Broken record').click();
    await page.getByText('Published under the key').waitFor();
    await tab('Dead letters');
    await letters().filter({ hasText: 'waiting' }).getByText('Not JSON').waitFor();
    await letters()
      .getByRole('button', { name: /^Redrive/ })
      .first()
      .click();
    await letters().filter({ hasText: 'redriven' }).waitFor();
    await letters().filter({ hasText: 'waiting' }).waitFor();
    await letters()
      .filter({ hasText: 'waiting' })
      .getByRole('button', { name: /^Discard/ })
      .click();
    await letters().filter({ hasText: 'discarded' }).waitFor();
    await page.getByText('Dead letters: 0 waiting').waitFor();
  });

  it('when a record of a newer version is published / its partition stops, and goes on once it is parked', async () => {
    await tab('Faults');
    await button('Record of a newer version').click();
    await page.locator('#health').getByText('Stopped').waitFor();
    await tab('Dead letters');
    page.once('dialog', (dialog) => void dialog.accept());
    await button('Park').click();
    await page.getByText('None: every partition is read.').waitFor();
    await letters().filter({ hasText: 'waiting' }).waitFor();
  });

  it('when two logins swap their emails / both apps have them swapped, and the comparison finds no difference', async () => {
    await tab('Faults');
    await button('Swap').click();
    await page.getByText('The emails are swapped').waitFor();
    await button('Verify').click();
    await page.getByText('✓ All are the same everywhere.').waitFor();
  });

  it('when operators have acted / the audit shows it', async () => {
    await tab('Audit');
    for (const action of ['operator.redrive', 'operator.discard', 'operator.park'])
      await page.getByRole('cell', { name: action }).first().waitFor();
  });
});
