import { existsSync } from 'node:fs';
import { chromium, type Browser, type Page } from 'playwright-core';

const PROGRAMS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The local run of this suite: a gateway, an auth app, their servers and the console. */
interface LocalRunAddresses {
  gatewayUrl: string;
  authUrl: string;
  consoleUrl: string;
  broker: string;
  dataDir: string;
  /** Has every scope. */
  apiToken: string;
}

export const localRun = (): LocalRunAddresses => JSON.parse(process.env['LOCAL_RUN']!) as LocalRunAddresses;

/** A real Chromium: that of CHROMIUM, else the system's. Close it after the specs. */
export async function openBrowser(): Promise<Browser> {
  const executablePath = process.env['CHROMIUM']?.trim() || PROGRAMS.find((program) => existsSync(program));
  if (!executablePath) throw new Error('Chromium is needed ("apt install chromium"), or CHROMIUM names the program.');
  // Chromium refuses its sandbox to root.
  return chromium.launch({ executablePath, chromiumSandbox: process.getuid?.() !== 0 });
}

/** What a page reports that no visitor should meet: errors of scripts, and answers that its policy or its server refused. */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('requestfailed', (request) => complaints.push(`${request.url()} ${request.failure()?.errorText}`));
  return complaints;
}
