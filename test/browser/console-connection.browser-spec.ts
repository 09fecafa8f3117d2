import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { openBrowser } from './browser.js';
import { openConsole } from './console.js';

let browser: Browser;
let page: Page;
/** Between the browser and the console; cut off, it takes no request. */
let proxy: Server;
let isCutOff = false;

beforeAll(async () => {
  proxy = createServer((asked, answered) => {
    if (isCutOff) return void asked.destroy();
    const { url, method, headers } = asked;
    const passed = request(url!, { method: method!, headers }, (answer) => {
      answered.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(answered);
    });
    passed.on('error', () => answered.destroy());
    answered.on('close', () => passed.destroy());
    asked.pipe(passed);
  });
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  browser = await openBrowser();
  const { port } = proxy.address() as AddressInfo;
  page = await openConsole(browser, 'Path', { proxy: { server: `http://127.0.0.1:${port}`, bypass: '<-loopback>' } });
});
afterAll(async () => {
  await browser?.close();
  proxy?.close();
});

async function cutOff(): Promise<void> {
  isCutOff = true;
  proxy.closeAllConnections();
  await page.getByText('The console does not answer').waitFor();
}

describe("the console's stream of messages", () => {
  it('when it is lost and comes back / the page says both', async () => {
    await cutOff();
    isCutOff = false;
    await page.getByText('The console answers again.').waitFor();
  });

  it('when the session is over as it comes back / the page asks for the token', async () => {
    await cutOff();
    await page.context().clearCookies();
    isCutOff = false;
    await page.getByLabel('Token').waitFor();
    expect(new URL(page.url()).pathname).toBe('/enter');
  });
});
