import { setTimeout as sleep } from 'node:timers/promises';
import { decodeRecord, topicOf } from '#app/contracts';
import type { SeededRandom, TopicReader, TopicRecord } from '#app/system/testing';
import type { Member, MixedSystem } from './mixed-system.js';

const PAUSE_MS = 700;
const PATIENCE_MS = 10_000;
const PASSWORD = 'correct horse battery staple';

interface Answer {
  status: number;
  body: { data: { id: number | string; version?: number; notes?: string; access_token?: string } };
}

/** Clients that use more than one release for one thing: a session, and a company. They run beside the load. */
export class Probes {
  readonly violations: string[] = [];
  signIns = 0;
  companyChanges = 0;
  private companyId = 0;
  private email = '';
  private notes = '';
  private readonly answered = new Set<number>();
  private ended = false;
  private running: Promise<void> | undefined;

  constructor(
    private readonly system: MixedSystem,
    private readonly random: SeededRandom,
  ) {}

  /** Makes a company and a contact with a login, which the load does not touch; every auth app knows the login then. */
  async prepare(): Promise<void> {
    const company = await this.write('/companies', { name: 'Probe' });
    this.companyId = Number(company.body.data.id);
    this.email = `probe.${this.companyId}@drill.example`;
    await this.write('/contacts', { first_name: 'Pia', company_id: this.companyId, email: this.email, password: PASSWORD });
    for (const auth of readyOf(this.system.auths)) await this.untilKnown(auth);
  }

  private async untilKnown(auth: Member): Promise<void> {
    for (const deadline = Date.now() + 60_000; Date.now() < deadline; await sleep(200))
      if ((await this.signIn(auth))?.status === 201) return;
    throw new Error(`The login of the probes was not known to ${auth.app.name} for a minute.`);
  }

  private signIn(auth: Member): Promise<Answer | undefined> {
    return this.ask(auth, '/portal/sessions', { body: { email: this.email, password: PASSWORD } });
  }

  start(): void {
    this.running = this.run();
  }

  /** Ends the probes with a last change of the company, which the release that runs then publishes. */
  async stop(): Promise<void> {
    this.ended = true;
    await this.running;
    await this.changeCompany();
  }

  /** Compares the company's events with what was answered, and checks each event of the topics against its schema. */
  async judge(reader: TopicReader): Promise<void> {
    for (const name of ['contacts.v1', 'companies.v1', 'portal-logins.v1'] as const)
      for (const record of await reader.read(topicOf(name))) this.judgeSchema(name, record);
    const events = (await reader.read(topicOf('companies.v1'))).filter(({ key }) => key === String(this.companyId));
    const versions = [...new Set(events.map(({ headers }) => Number(headers['ce_sequence'])))];
    if (versions.some((version, at) => version <= (versions[at - 1] ?? 0)))
      this.tell('Versions of a company go back on its topic.');
    for (const version of this.answered)
      if (!versions.includes(version)) this.tell(`The answered version ${version} of a company is not on its topic.`);
    const last = JSON.parse(events.at(-1)?.value ?? '{}') as { company?: { notes?: string } };
    if (last.company?.notes !== this.notes) this.tell('The last event of a company is not its last change.');
  }

  private async run(): Promise<void> {
    while (!this.ended) {
      await this.changeCompany();
      await this.useSession();
      await sleep(PAUSE_MS);
    }
  }

  private async changeCompany(): Promise<void> {
    const notes = `change ${++this.companyChanges}`;
    const { body } = await this.write(`/companies/${this.companyId}`, { notes });
    if (body.data.notes !== notes) this.tell(`A company answered ${body.data.notes} to ${notes}.`);
    this.notes = notes;
    // A gateway of the former release knows no version of a company.
    if (body.data.version !== undefined) this.answered.add(body.data.version);
  }

  /** Signs in at one auth app, and uses the session at each of them. */
  private async useSession(): Promise<void> {
    const auths = readyOf(this.system.auths);
    if (auths.length === 0) return;
    const at = this.random.pick(auths);
    const made = await this.signIn(at);
    if (made?.status === 201) {
      this.signIns++;
      for (const auth of auths) {
        const me = await this.ask(auth, '/portal/me', { token: made.body.data.access_token! });
        if (me && me.status !== 200) this.tell(`A session of one auth app is ${me.status} at ${auth.app.name}.`);
      }
    } else if (made && made.status !== 503)
      this.tell(`A sign-in at ${at.app.name} was answered ${made.status}, after ${this.signIns} others.`);
  }

  /** Repeats a write until it is answered; without an answer it may have been done, so it says the same again. */
  private async write(path: string, body: object): Promise<Answer> {
    for (const deadline = Date.now() + 60_000; Date.now() < deadline; await sleep(200)) {
      const ready = readyOf(this.system.gateways);
      if (ready.length === 0) continue;
      const token = this.system.secrets.apiToken;
      const answer = await this.ask(this.random.pick(ready), `/external/api/v1${path}`, { body, token });
      if (answer && answer.status < 300) return answer;
      if (answer && answer.status !== 503) this.tell(`${path} was answered ${answer.status}.`);
    }
    throw new Error(`${path} was not answered for a minute.`);
  }

  /** Undefined where the process is just being ended. */
  private async ask(
    { app }: Member,
    path: string,
    { body, token }: { body?: object; token?: string },
  ): Promise<Answer | undefined> {
    const headers = {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const sent = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    try {
      const response = await fetch(`${app.url}${path}`, { headers, ...sent, signal: AbortSignal.timeout(PATIENCE_MS) });
      return { status: response.status, body: (await response.json()) as Answer['body'] };
    } catch {
      return undefined;
    }
  }

  private judgeSchema(name: string, { key, value, headers, offset }: TopicRecord): void {
    try {
      decodeRecord({ key, value, headers: { ...headers } });
    } catch (error) {
      this.tell(`${name}, offset ${offset}: ${(error as Error).message}`);
    }
  }

  private tell(what: string): void {
    if (!this.violations.includes(what)) this.violations.push(what);
  }
}

const readyOf = (members: readonly Member[]): Member[] => members.filter(({ app }) => app.isReady);
