import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Caller, type Target } from './caller.js';
import { History, type Operation, type OperationKind } from './history.js';
import type { SeededRandom } from '#app/system/testing';

/** The gateways that the load is sent to, and the token of its requests. */
export interface LoadedSystem {
  readonly gateways: readonly Target[];
  readonly secrets: { readonly apiToken: string };
}

export interface LoadOptions {
  clients: number;
  /** Mean pause of a client between two requests, in milliseconds. */
  pauseMs: number;
  /** A part of every password. Anywhere outside the callers' memory it is a leak. */
  canary: string;
}

const COMPANIES = 4;
const CONTACTS = 10;
const EMAILS = 8;

/** Random changes of few contacts by several clients: emails that swap, passwords, moves, deletions. */
export class Load {
  readonly history = new History();
  private readonly stopping = new AbortController();
  private readonly contacts: number[] = [];
  private companies: number[] = [];
  private readonly emails: string[];
  private readonly working: Promise<void>[] = [];
  private ended = false;
  private underWay = 0;
  private first = Infinity;
  private paused: PromiseWithResolvers<void> | undefined;

  constructor(
    private readonly system: LoadedSystem,
    private readonly options: LoadOptions,
    private readonly random: SeededRandom,
    name: string,
  ) {
    this.emails = Array.from({ length: EMAILS }, (_, at) => `login.${at}@${name}.example`);
  }

  /** Makes the companies and contacts that the load changes. */
  async prepare(): Promise<void> {
    const caller = this.caller('prepare');
    this.companies = await Promise.all(Array.from({ length: COMPANIES }, (_, at) => this.createCompany(`Company ${at}`)));
    for (let at = 0; at < CONTACTS; at++) {
      await this.perform(caller, this.creation(this.random, at < EMAILS - 2 ? this.emails[at] : undefined));
    }
    this.first = Math.min(...this.contacts);
    if (this.contacts.length < CONTACTS) throw new Error('The contacts of the load could not be made.');
  }

  start(): void {
    for (let at = 0; at < this.options.clients; at++) {
      const random = this.random.branch(`client ${at}`);
      this.working.push(this.client(random, this.caller(`caller ${at}`)));
    }
  }

  /** Resolves when all running requests are answered. */
  async pause(): Promise<void> {
    this.paused ??= Promise.withResolvers<void>();
    while (this.underWay > 0) await sleep(50);
  }

  resume(): void {
    this.paused?.resolve();
    this.paused = undefined;
  }

  /** Ends the load; every outcome with a key is known then, if the system answers. */
  async stop(graceMs = 20_000): Promise<void> {
    this.ended = true;
    this.resume();
    const timer = setTimeout(() => this.stopping.abort(), graceMs);
    await Promise.all(this.working);
    clearTimeout(timer);
  }

  /** Sends one request of a fault, recorded like those of the load; the load does not touch the contacts that it makes. */
  request(operation: Parameters<History['add']>[0]): Promise<Operation> {
    return this.perform(this.caller(randomUUID()), operation, false);
  }

  /** Existing contacts, as far as the callers know. */
  get livingContacts(): readonly number[] {
    return this.contacts;
  }

  /** The smallest id of the load's contacts. */
  get firstContactId(): number {
    return this.first;
  }

  get companyIds(): readonly number[] {
    return this.companies;
  }

  newPassword(): string {
    return `${this.options.canary}-${randomUUID()}`;
  }

  private caller(name: string): Caller {
    return new Caller(this.system.gateways, this.system.secrets.apiToken, this.random.branch(name));
  }

  private async client(random: SeededRandom, caller: Caller): Promise<void> {
    while (!this.ended) {
      await this.paused?.promise;
      this.underWay++;
      await this.perform(caller, this.choose(random)).finally(() => this.underWay--);
      await sleep(random.fraction() * 2 * this.options.pauseMs);
    }
  }

  private async perform(caller: Caller, chosen: Parameters<History['add']>[0], isForLoad = true): Promise<Operation> {
    const operation = this.history.add(chosen);
    await caller.send(operation, this.stopping.signal);
    if (operation.outcome === 'ok' && operation.kind === 'create' && isForLoad) this.contacts.push(operation.contactId!);
    const last = operation.attempts.at(-1)!;
    const isGone = last.status === 404 || (operation.kind === 'delete' && operation.outcome === 'ok');
    const at = isGone ? this.contacts.indexOf(operation.contactId!) : -1;
    if (at >= 0) this.contacts.splice(at, 1);
    return operation;
  }

  private choose(random: SeededRandom): Parameters<History['add']>[0] {
    if (this.contacts.length < CONTACTS - 3) return this.creation(random, random.pick(this.emails));
    const contactId = random.pick(this.contacts);
    const kind = random.weighted(KINDS);
    const key = random.chance(0.5) ? randomUUID() : undefined;
    const request = (kind: OperationKind, method: string, path: string, body?: Record<string, unknown>) => ({
      kind,
      contactId,
      method,
      path: `/contacts/${contactId}${path}`,
      body,
      key,
    });
    switch (kind) {
      case 'create':
        return this.creation(random, random.pick(this.emails));
      case 'delete':
        return request('delete', 'DELETE', '');
      case 'remove-login':
        return request('remove-login', 'DELETE', '/password');
      case 'password':
        return request('password', 'POST', '/password', { password: this.newPassword() });
      default:
        return request('update', 'POST', '', this.patch(random, kind));
    }
  }

  private patch(random: SeededRandom, kind: PatchKind): Record<string, unknown> {
    switch (kind) {
      case 'phone':
        return { phone_1: `+44 ${random.below(1e9)}` };
      case 'email':
        return { email: random.pick(this.emails) };
      case 'email and password':
        return { email: random.pick(this.emails), password: this.newPassword() };
      case 'move':
        return { company_id: random.pick(this.companies) };
      case 'companies':
        return { company_ids: [...new Set([random.pick(this.companies), random.pick(this.companies)])] };
      case 'primary':
        return { is_primary: random.chance(0.7) };
      case 'tags':
        return { tags: [random.pick(['sales', 'buyer', 'vip'])] };
    }
  }

  private creation(random: SeededRandom, email: string | undefined): Parameters<History['add']>[0] {
    const person = { first_name: 'Anna', last_name: `Example ${random.below(1e6)}`, company_id: random.pick(this.companies) };
    const asked = { kind: 'create', contactId: null, path: '/contacts', key: randomUUID() } as const;
    // An upsert of an email that nobody has creates as well.
    if (random.chance(0.4)) return { ...asked, method: 'PATCH', body: { ...person, email: `${randomUUID()}@upsert.example` } };
    const login = email === undefined ? {} : { email, password: this.newPassword() };
    return { ...asked, method: 'POST', body: { ...person, ...login } };
  }

  private async createCompany(name: string): Promise<number> {
    const response = await fetch(`${this.system.gateways[0]!.app.url}/external/api/v1/companies`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.system.secrets.apiToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({ name }),
    });
    if (response.status !== 201) throw new Error(`A company of the load could not be made: ${response.status}.`);
    return ((await response.json()) as { data: { id: number } }).data.id;
  }
}

type PatchKind = 'phone' | 'email' | 'email and password' | 'move' | 'companies' | 'primary' | 'tags';

const KINDS: readonly (readonly [PatchKind | Exclude<OperationKind, 'update'>, number])[] = [
  ['phone', 30],
  ['email', 28],
  ['move', 8],
  ['companies', 4],
  ['primary', 8],
  ['tags', 5],
  ['password', 5],
  ['email and password', 3],
  ['remove-login', 4],
  ['delete', 5],
  ['create', 6],
];
