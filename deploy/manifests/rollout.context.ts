import { createTestDatabase, eventually, testServers, uniqueTopicPrefix, type TestDatabase } from '#app/system/testing';
import { RoundRobinClients, type Fate } from '../../test/round-robin.client.js';
import { ContainerProcess, type End } from './container-process.js';
import type { ReadWorkloads, Workloads } from './rollout.sources.js';
import type { Workload } from './workload.js';

const BASE = '/external/api/v1';
const CLIENTS = 4;

type App = 'gateway' | 'auth';

/** What was written, and the version of the login that it led to. */
export interface Written {
  id: string;
  login: number;
}

/** The processes of a set of manifests, and what their callers ask. */
export class RolloutContext {
  private readonly processes: Record<App, ContainerProcess[]> = { gateway: [], auth: [] };
  /** Changes in place, as the endpoints of a service do. */
  private readonly gatewayUrls: string[] = [];
  private readonly loads: RunningLoad[] = [];
  private touched = 0;
  private readonly headers: Record<string, string>;

  private constructor(
    readonly workloads: Workloads,
    private readonly databases: TestDatabase[],
    private readonly folder: string,
  ) {
    this.headers = { authorization: `Bearer ${workloads.token}`, 'content-type': 'application/json' };
  }

  static async create(read: ReadWorkloads, folder: string): Promise<RolloutContext> {
    const [gateway, auth] = await Promise.all([createTestDatabase(), createTestDatabase()]);
    const brokers = testServers().brokers.join(',');
    const servers = { brokers, gatewayDatabaseUrl: gateway.url, authDatabaseUrl: auth.url, topicPrefix: uniqueTopicPrefix() };
    return new RolloutContext(await read(servers, folder), [gateway, auth], folder);
  }

  /** How long after SIGTERM a gateway is killed. */
  get graceMs(): number {
    return this.workloads.gateway.graceMs;
  }

  running(app: App): readonly ContainerProcess[] {
    return this.processes[app];
  }

  /** Runs the set-ups of both apps at the same time, as a cluster does. */
  async setUp(): Promise<void> {
    const run = async (each: Workload): Promise<void> => (await ContainerProcess.start(each, this.folder)).untilDone();
    await Promise.all(this.workloads.setUps.map(run));
  }

  /** Runs what the manifests run once a day. @returns its output; undefined where there is nothing of that kind */
  async runDaily(): Promise<string | undefined> {
    const { daily } = this.workloads;
    if (!daily) return undefined;
    const run = await ContainerProcess.start(daily, this.folder);
    await run.untilDone();
    return run.said;
  }

  /** Starts another process of an app. */
  async start(app: App): Promise<void> {
    const started = await ContainerProcess.start(this.workloads[app], this.folder);
    this.processes[app].push(started);
    await started.untilReady();
    if (app === 'gateway') this.gatewayUrls.push(started.url);
  }

  /** Ends a process as a rollout does; its callers learn of that when it refuses them. */
  async terminate(app: App, ended: ContainerProcess): Promise<End> {
    const end = await ended.terminate();
    this.processes[app] = this.processes[app].filter((each) => each !== ended);
    if (app === 'gateway') this.gatewayUrls.splice(this.gatewayUrls.indexOf(ended.url), 1);
    return end;
  }

  async close(): Promise<void> {
    await Promise.all(this.loads.map((load) => load.stop()));
    await Promise.all([...this.processes.gateway, ...this.processes.auth].map((each) => each.kill()));
    await Promise.all(this.databases.map((database) => database.drop()));
  }

  async createContact(fields: { email: string; password?: string }): Promise<Written> {
    const company = await this.call('POST', '/companies', { name: 'Acme' });
    return this.call('POST', '/contacts', { first_name: 'John', company_id: company.id, ...fields });
  }

  update(id: string, patch: object): Promise<Written> {
    return this.call('POST', `/contacts/${id}`, patch);
  }

  /** A change that concerns every part: a new contact with a login, and a sign-in. */
  async touch(): Promise<void> {
    const email = `touch-${++this.touched}@rollout.example`;
    await this.untilLogin(await this.createContact({ email, password: 'correct horse battery' }));
    await this.signIn(email, 'correct horse battery');
  }

  async removeLogin(id: string): Promise<Written> {
    return { ...(await this.call('DELETE', `/contacts/${id}/password`)), id };
  }

  /** Calls the newest gateway. */
  private async call(method: string, path: string, body?: object): Promise<Written> {
    const { url } = this.processes.gateway.at(-1)!;
    const { authorization } = this.headers as { authorization: string };
    const sent = body === undefined ? { headers: { authorization } } : { body: JSON.stringify(body), headers: this.headers };
    const answer = await fetch(`${url}${BASE}${path}`, { method, ...sent });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    const { id } = text ? (JSON.parse(text) as { data: { id: string } }).data : { id: '' };
    return { id, login: Number(answer.headers.get('portal-login-version')) };
  }

  /** Waits until the auth app has a version of a contact's login. */
  async untilLogin({ id, login }: Written): Promise<void> {
    const headers = { authorization: `Bearer ${this.workloads.operatorToken}` };
    const answer = await fetch(`${this.authUrl}/portal/logins/${id}?min_version=${login}&wait=20`, { headers });
    // A removed login is not found: it has the version.
    if (answer.status !== 200 && answer.status !== 404)
      throw new Error(`Login ${id} is not at ${login}: ${answer.status}. ${this.said}`);
  }

  async signIn(email: string, password: string): Promise<number> {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ email, password });
    return (await fetch(`${this.authUrl}/portal/sessions`, { method: 'POST', headers, body })).status;
  }

  /** The end of the output of each process, for a failure. */
  private get said(): string {
    return [...this.processes.gateway, ...this.processes.auth].map((each) => each.said.slice(-4_000)).join('\n');
  }

  private get authUrl(): string {
    return this.processes.auth.at(-1)!.url;
  }

  /** Updates of a contact, by clients of all gateways that run at the moment. */
  load(contactId: string): RunningLoad {
    const load = new RunningLoad(this.gatewayUrls, contactId, this.headers);
    this.loads.push(load);
    return load;
  }
}

/** Updates of one contact, one after another by each of some clients. */
class RunningLoad {
  private readonly clients: RoundRobinClients;
  private updates = 0;

  constructor(urls: readonly string[], contactId: string, headers: Record<string, string>) {
    this.clients = new RoundRobinClients(urls, headers);
    this.clients.start(CLIENTS, () => ({
      path: `${BASE}/contacts/${contactId}`,
      body: { first_name: `Name ${++this.updates}` },
    }));
  }

  get statuses(): Fate[] {
    return this.clients.fates;
  }

  async untilMore(count = 40): Promise<void> {
    const before = this.statuses.length;
    await eventually(() => {
      if (this.statuses.length < before + count) throw new Error(`${this.statuses.length - before} answers`);
    });
  }

  stop(): Promise<void> {
    return this.clients.stop();
  }
}
