import { createServer, request, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { complaintsOf, localRun, openBrowser } from './browser.js';
import { openConsole } from './console.js';

let browser: Browser;
let page: Page;
/** Another server of this machine: for a browser its pages are of the same site as the console's. */
let foreign: Server;
beforeAll(async () => {
  browser = await openBrowser();
  page = await openConsole(browser, 'Path');
  foreign = createServer((_, response) => response.setHeader('Content-Type', 'text/html').end('<p>another page</p>'));
  await once(foreign.listen(0, '127.0.0.1'), 'listening');
});
afterAll(async () => {
  await browser?.close();
  foreign?.close();
});

const consoleUrl = (): string => localRun().consoleUrl;

describe('the console', () => {
  it('when it is served / has no inline script or style, and refuses one that is added', async () => {
    const html = await (await page.request.get(consoleUrl())).text();
    expect(html).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=/i);
    const complaints = complaintsOf(page);
    await page.evaluate(`document.body.append(Object.assign(document.createElement('script'), { text: 'window.ran = true' }))`);
    expect(await page.evaluate('window.ran')).toBeUndefined();
    expect(complaints.join()).toMatch(/Content Security Policy/);
  });

  it('when a page of another port of this machine calls it / gets nothing and changes nothing', async () => {
    const other = await page.context().newPage();
    await other.goto(`http://localhost:${(foreign.address() as AddressInfo).port}/`);
    const call = (init: string): Promise<string> =>
      other.evaluate(`fetch('${consoleUrl()}/api/contacts/1', ${init}).then((answer) => answer.text(), () => 'refused')`);
    expect(await call(`{ credentials: 'include' }`)).toBe('refused');
    expect(await call(`{ credentials: 'include', method: 'POST', body: '{"first_name":"Eve"}' }`)).toBe('refused');
    // A plain form is sent without asking first: its answer says what became of it.
    const sent = other.waitForResponse((response) => response.url().includes('/api/contacts/1'));
    await other.evaluate(`document.body.innerHTML = '<form method="post" action="${consoleUrl()}/api/contacts/1"></form>';
      document.forms[0].submit()`);
    expect((await sent).status()).toBe(403);
    await other.close();
    const contact = await (await page.request.get(`${consoleUrl()}/api/contacts/1`)).text();
    expect(contact).not.toContain('Eve');
  });

  it('when it is called by another host name / is refused, with a session too', async () => {
    const [cookie] = (await page.context().cookies(consoleUrl())).filter(({ name }) => name.startsWith('contact_sync_console'));
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict' });
    const call = request(`${consoleUrl()}/api/contacts/1`, {
      headers: { host: 'console.evil.example', cookie: `${cookie!.name}=${cookie!.value}` },
    }).end();
    const [answer] = (await once(call, 'response')) as [{ statusCode: number }];
    expect(answer.statusCode).toBe(421);
  });

  it('when it calls the gateway / has a token of its own, named in the audit, and with no more scopes than its buttons need', async () => {
    const { gatewayUrl, apiToken } = localRun();
    const answer = await fetch(`${gatewayUrl}/external/api/v1/tokens`, { headers: { authorization: `Bearer ${apiToken}` } });
    const { data } = (await answer.json()) as { data: { id: number; name: string; scopes: string[] }[] };
    const own = data.filter(({ name }) => name === 'console');
    expect(own).toMatchObject([{ scopes: ['contacts:read', 'contacts:write', 'companies:read', 'companies:write'] }]);
    const audit = await (await page.request.get(`${consoleUrl()}/api/audit`)).json();
    expect(audit).toContainEqual(expect.objectContaining({ action: 'token.created', target: `token:${own[0]!.id}` }));
  });

  it('when its cookies are gone / asks for the token', async () => {
    const stranger = await (await browser.newContext()).newPage();
    await stranger.goto(consoleUrl());
    await stranger.getByLabel('Token').waitFor();
    expect((await stranger.request.get(`${consoleUrl()}/api/contacts`)).status()).toBe(401);
  });
});

describe('the console on a phone', () => {
  it.each(['Path', 'Feed', 'Faults', 'Dead letters', 'Audit'])('when %s is 360 px wide / nothing is cut off', async (tab) => {
    await page.setViewportSize({ width: 360, height: 740 });
    await page.getByRole('tab', { name: tab }).click();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
  });

  it('when only the keyboard is used / arrows move between the tabs', async () => {
    await page.getByRole('tab', { name: 'Path' }).click();
    await page.keyboard.press('ArrowRight');
    expect(await page.getByRole('tab', { selected: true }).textContent()).toBe('Feed');
    await page.keyboard.press('End');
    expect(await page.getByRole('tab', { selected: true }).textContent()).toBe('Audit');
  });
});
