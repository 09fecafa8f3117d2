import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DataFolder } from '#app/system';
import { DEMO, type DemoCompany } from './demo.data.js';
import type { GatewayClient } from './gateway-client.js';
import type { Screen } from './screen.js';

/** The existing part of the demo, stored after each step: an interrupted start resumes there. */
export interface Demo {
  /** Prefix of each request's idempotency key. */
  key: string;
  /** Ids by company name or contact email. */
  ids: Record<string, string | number>;
  done: boolean;
}

/** Makes the demo data through the gateway's API, once per DATA_DIR: later changes and deletions stay. */
export async function seedDemo(gateway: GatewayClient, dataDir: DataFolder, screen: Screen): Promise<Demo> {
  const file = join(dataDir.root, 'demo.json');
  const demo = readDemo(file) ?? { key: randomUUID(), ids: {}, done: false };
  if (demo.done) return demo;
  const once = async (name: string, path: string, body: object): Promise<void> => {
    demo.ids[name] ??= (await gateway.post(path, body, `${demo.key}-${encodeURIComponent(name)}`)).id;
    writeDemo(file, demo);
  };
  await screen.step('Demo data: 3 companies, 12 contacts, 4 logins', async () => {
    for (const company of DEMO) await seedCompany(company, demo, once);
  });
  demo.done = true;
  writeDemo(file, demo);
  return demo;
}

type Once = (name: string, path: string, body: object) => Promise<void>;

async function seedCompany({ contacts, ...company }: DemoCompany, demo: Demo, once: Once): Promise<void> {
  await once(company.name, '/companies', company);
  for (const contact of contacts)
    await once(contact.email, '/contacts', { ...contact, company_id: Number(demo.ids[company.name]) });
}

function readDemo(file: string): Demo | null {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Demo) : null;
}

function writeDemo(file: string, demo: Demo): void {
  writeFileSync(`${file}.new`, JSON.stringify(demo, null, 2));
  renameSync(`${file}.new`, file);
}
