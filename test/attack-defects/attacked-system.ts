import { readEventMacKeys } from '#app/credentials';
import { eventually } from '#app/system/testing';
import { AuthWorld, type LoginEventBuilder, type RunningAuth } from '../auth.harness.js';
import { TestGateway } from '../gateway.harness.js';

/** Failed sign-ins that are let through. */
export const LIMITS = { emailAndAddress: 3, email: 6, address: 8 } as const;
/** Requests a minute of a family of tokens. */
export const RATE_LIMIT = 20;
export const PASSWORD = 'the right password';
export const WRONG = 'a wrong password';

/** A defect that could be written, and an attack that succeeds with it alone. */
export interface AttackDefect {
  title: string;
  /** Plants it in this process. @returns a function that removes it */
  plant: (system: AttackedSystem) => () => void;
  /** Whether the attack succeeds. */
  attack: (system: AttackedSystem) => Promise<boolean>;
}

/** Gateway and auth app on the same topics, with marks, limits on sign-ins, and a rate limit. */
export class AttackedSystem {
  private addresses = 0;

  private constructor(
    readonly auths: AuthWorld,
    readonly gateway: TestGateway,
    readonly auth: RunningAuth,
    /** A replica of the auth app. */
    readonly replica: RunningAuth,
  ) {}

  static async start(): Promise<AttackedSystem> {
    const auths = await AuthWorld.create();
    const gateway = await TestGateway.start({
      TOPIC_PREFIX: auths.topicPrefix,
      CREDENTIAL_PUBLIC_KEYS: JSON.stringify(auths.keys.publicKeys),
      EVENT_MAC_KEYS: auths.macKeys,
      API_RATE_LIMIT: String(RATE_LIMIT),
    });
    const settings = {
      EVENT_MAC_KEYS: auths.macKeys,
      LOGIN_ATTEMPTS_PER_EMAIL_AND_ADDRESS: String(LIMITS.emailAndAddress),
      LOGIN_ATTEMPTS_PER_EMAIL: String(LIMITS.email),
      LOGIN_ATTEMPTS_PER_ADDRESS: String(LIMITS.address),
      TRUST_PROXY: '1',
    };
    const [auth, replica] = [await auths.start(settings), await auths.start(settings)];
    return new AttackedSystem(auths, gateway, auth, replica);
  }

  async close(): Promise<void> {
    await this.gateway.stop();
    await this.auths.close();
  }

  /** An address that nobody has used yet. */
  newAddress(): string {
    return `198.18.${this.addresses >> 8}.${this.addresses++ & 255}`;
  }

  /** A login that both auth apps have. */
  async login(): Promise<LoginEventBuilder> {
    const login = this.auths.newLogin();
    const email = `owner-${login.contactId}@attacked.example`;
    await this.auths.publish(this.auths.marked(await login.created(email, PASSWORD)));
    await this.auth.reaches(login.contactId, 1);
    return login;
  }

  /** @returns the status */
  async signIn(address: string, email: string, password: string, at = this.auth): Promise<number> {
    const { status } = await at.call('POST', '/portal/sessions', { email, password }, { 'x-forwarded-for': address });
    return status;
  }

  /** Signs in with a wrong password, once after the other. @returns the statuses */
  async fail(attempts: { address: string; email: string; at?: RunningAuth }[]): Promise<number[]> {
    const statuses: number[] = [];
    for (const { address, email, at } of attempts) statuses.push(await this.signIn(address, email, WRONG, at));
    return statuses;
  }

  /** Waits until all records are read. */
  async untilRead(): Promise<void> {
    await eventually(
      async () => {
        const { parts } = await this.auth.health();
        if (parts.lag.records !== 0) throw new Error(`${parts.lag.records} records wait.`);
      },
      { timeoutMs: 30_000 },
    );
  }

  get macKeys(): ReturnType<typeof readEventMacKeys> {
    return readEventMacKeys(this.auths.macKeys);
  }
}
