import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AppClient } from './app-client.js';

/** What the load has done since its rate was last set. */
export interface LoadReport {
  /** Updates a second; 0: no load. */
  rate: number;
  done: number;
  failed: number;
  /** Why the last one failed; null if none did. */
  reason: string | null;
}

const CONTACTS = 10;
/** A gateway that has just restarted leaves closed connections behind, and a busy one has no time for a request. */
const PASSING = [0, 429, 503];
const RETRIES = 10;
const RETRY_MS = 500;
const DOMAIN = 'load.example';
/** One request carries the updates of this time: the token's limit counts requests. */
const BATCH_MS = 250;
/** Updates of one request. */
const MOST_ITEMS = 100;
export const MOST_UPDATES_A_SECOND = (MOST_ITEMS * 1_000) / BATCH_MS;

/** Updates of emails at a steady rate, on contacts with logins that it makes for itself: each leads to two events. */
export class UpdateLoad {
  report: LoadReport = { rate: 0, done: 0, failed: 0, reason: null };
  private contacts: number[] = [];
  private timer: NodeJS.Timeout | undefined;
  private underway = 0;
  private count = 0;

  constructor(private readonly gateway: AppClient) {}

  /** @throws {Error} if the contacts cannot be made */
  async setRate(rate: number): Promise<void> {
    this.stop();
    if (rate === 0) return;
    if (this.contacts.length === 0) this.contacts = await this.loadContacts();
    this.stop();
    this.report = { rate, done: 0, failed: 0, reason: null };
    let due = 0;
    this.timer = setInterval(() => {
      due += (rate * BATCH_MS) / 1_000;
      const items = Math.floor(due);
      due -= items;
      if (items > 0) void this.send(Math.min(items, MOST_ITEMS));
    }, BATCH_MS);
  }

  stop(): void {
    clearInterval(this.timer);
    this.report = { ...this.report, rate: 0 };
  }

  private async send(count: number): Promise<void> {
    // An app that does not answer gets no queue of requests.
    if (this.underway > 4) return this.note({ done: 0, failed: count, reason: 'The gateway does not answer in time.' });
    const items = Array.from({ length: count }, () => {
      const id = this.contacts[++this.count % this.contacts.length]!;
      return { id, email: `contact-${id}.${this.count}.${Date.now()}@${DOMAIN}` };
    });
    this.underway++;
    const { status, body } = await this.gateway.call('POST', '/contacts/batch', { items });
    this.underway--;
    if (status !== 207) return this.note({ done: 0, failed: count, reason: `${status}: ${messageOf(body)}` });
    const answers = (body as { data: { status: number }[] }).data;
    const failures = answers.filter((answer) => answer.status !== 200);
    const reason = failures.length > 0 ? `${failures[0]!.status}: ${messageOf(failures[0])}` : null;
    this.note({ done: answers.length - failures.length, failed: failures.length, reason });
  }

  private note({ done, failed, reason }: Omit<LoadReport, 'rate'>): void {
    const { report } = this;
    this.report = { ...report, done: report.done + done, failed: report.failed + failed, reason: reason ?? report.reason };
  }

  private async loadContacts(): Promise<number[]> {
    const known = await this.dataOf('GET', `/contacts?email[contains]=@${DOMAIN}&per_page=${CONTACTS}`);
    const ids = (known as { id: string }[]).map(({ id }) => Number(id));
    if (ids.length === CONTACTS) return ids;
    const company = (await this.dataOf('POST', '/companies', () => ({ name: 'Load' }))) as { id: number };
    while (ids.length < CONTACTS) {
      const made = await this.dataOf('POST', '/contacts', () => newContact(ids.length + 1, company.id));
      ids.push(Number((made as { id: string }).id));
    }
    return ids;
  }

  /** @param makeBody makes a body for each try: of a try without an answer nobody knows whether it was done */
  private async dataOf(method: string, path: string, makeBody?: () => object): Promise<unknown> {
    for (let retries = 0; ; retries++) {
      const { status, body } = await this.gateway.call(method, path, makeBody?.());
      if (status >= 200 && status < 300) return (body as { data: unknown }).data;
      if (!PASSING.includes(status) || retries === RETRIES) throw new Error(`The gateway answered ${status}: ${messageOf(body)}`);
      await sleep(RETRY_MS);
    }
  }
}

const newContact = (number: number, company_id: number) => ({
  first_name: 'Load',
  last_name: `No. ${number}`,
  email: `${randomUUID()}@${DOMAIN}`,
  password: randomUUID(),
  company_id,
});

const messageOf = (body: unknown): string => String((body as { message?: string } | null)?.message ?? 'no message');
