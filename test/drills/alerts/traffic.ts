import { setTimeout as sleep } from 'node:timers/promises';
import type { System } from '../../faults/system/system.js';

const BASE = '/external/api/v1';
const PAUSE_MS = 50;
const PATIENCE_MS = 5_000;

/** Requests that go on meanwhile. */
export class Traffic {
  private readonly stopping = new AbortController();
  private readonly running: Promise<void>[] = [];
  private contactIds: string[] = [];

  constructor(private readonly system: System) {}

  /** Makes contacts, and updates them until the traffic stops. */
  async start(): Promise<void> {
    const company = await this.post('/companies', { name: 'Drill' });
    for (let at = 0; at < 10; at++) {
      const { id } = await this.post('/contacts', { first_name: 'Ann', company_id: Number(company.id) });
      this.contactIds.push(id);
    }
    this.repeat(2, () => this.update());
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.running);
  }

  /** Runs clients side by side until the work is done. */
  async flooded(clients: number, request: () => Promise<unknown>, work: () => Promise<void>): Promise<void> {
    const flood = new AbortController();
    const loops = Array.from({ length: clients }, () => this.loop(request, flood.signal));
    await work().finally(() => flood.abort());
    await Promise.all(loops);
  }

  createContact(): Promise<unknown> {
    return this.post('/contacts', { first_name: 'Flo', company_id: 1 });
  }

  async signIn(): Promise<void> {
    const { app } = this.system.auths[0]!;
    const body = JSON.stringify({ email: `nobody.${Math.random()}@drill.example`, password: 'correct horse battery' });
    const signal = AbortSignal.timeout(30_000);
    await (
      await fetch(`${app.url}/portal/sessions`, { method: 'POST', headers: { 'content-type': 'application/json' }, body, signal })
    ).text();
  }

  async exportContacts(): Promise<void> {
    const { app } = this.system.gateways[0]!;
    const headers = { authorization: `Bearer ${this.system.secrets.apiToken}` };
    await (await fetch(`${app.url}${BASE}/contacts/export`, { headers, signal: AbortSignal.timeout(PATIENCE_MS) })).text();
  }

  private update(): Promise<unknown> {
    const id = this.contactIds[Math.floor(Math.random() * this.contactIds.length)]!;
    return this.post(`/contacts/${id}`, { phone_1: String(Math.random()) });
  }

  private async post(path: string, body: object): Promise<{ id: string }> {
    const ready = this.system.gateways.filter(({ app }) => app.isReady);
    const { app } = ready[Math.floor(Math.random() * ready.length)] ?? this.system.gateways[0]!;
    const response = await fetch(`${app.url}${BASE}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.system.secrets.apiToken}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    return ((await response.json()) as { data: { id: string } }).data;
  }

  private repeat(clients: number, request: () => Promise<unknown>): void {
    for (let at = 0; at < clients; at++) this.running.push(this.loop(request, this.stopping.signal));
  }

  private async loop(request: () => Promise<unknown>, stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      await request().catch(() => undefined);
      await sleep(PAUSE_MS);
    }
  }
}
