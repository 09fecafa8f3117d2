import type { EntityManager } from '@mikro-orm/postgresql';
import { Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { addressBlock } from '#app/http';
import { query } from '#app/postgres';
import { RepeatedWork } from '#app/timing';
import { canBeLoginEmail } from '../portal-logins/portal-login.entity.js';

const WRITE_EVERY_MS = 60_000;
/** Rows that one process writes in a minute. Further ones are counted in one row, so that no attacker fills the disk. */
const MOST_ROWS = 1_000;

/** How a sign-in failed: `failed`, the credentials were wrong; `blocked`, a limit was reached and nothing was checked. */
type SignInOutcome = 'failed' | 'blocked';

interface RefusedSignIn {
  outcome: SignInOutcome;
  /** Of the login that was checked; null if no login has the email; undefined if nothing was checked. */
  contactId?: number | null | undefined;
  emailKey: string;
  /** Keyed hash of the email: it is stored if no login has the email. */
  emailHash: string;
  address: string;
}

interface CountedSignIn {
  outcome: SignInOutcome;
  target: string;
  /** Names the target when the row is written; null if the target is known, or no login can have this email. */
  emailKey: string | null;
  addressBlock: string;
  attempts: number;
  firstAt: Date;
  lastAt: Date;
}

/** A blocked sign-in checked nothing: it is counted for the login that has its email when the row is written. */
const INSERT = `
  insert into audit_entry (actor, action, target, request_id, details)
  select null, r.action, coalesce('contact:' || login.contact_id, r.target), null, r.details
  from json_to_recordset($1::json) as r(number int, action text, email_key text, target text, details json)
  left join portal_login login on login.email_key = r.email_key order by r.number`;

/** Counts failed and blocked sign-ins in memory and writes them once a minute: a row for each login (or email), address and outcome. */
export class SignInAudit implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(SignInAudit.name);
  private readonly writing = new RepeatedWork(WRITE_EVERY_MS, () => this.write());
  private counted = new Map<string, CountedSignIn>();
  private others = { failed: 0, blocked: 0 };

  constructor(private readonly em: EntityManager) {}

  onApplicationBootstrap(): void {
    this.writing.start();
  }

  /** After the last request was answered. */
  async onApplicationShutdown(): Promise<void> {
    await this.writing.stop();
    await this.write();
  }

  note({ outcome, contactId, emailKey, emailHash, address }: RefusedSignIn): void {
    const block = addressBlock(address);
    // The login that was checked, not the email: it can lose its email before the row is written.
    const target = contactId == null ? `email:${emailHash}` : `contact:${contactId}`;
    const key = `${outcome} ${target} ${block}`;
    const now = new Date();
    const known = this.counted.get(key);
    if (known) {
      known.attempts++;
      known.lastAt = now;
    } else if (this.counted.size < MOST_ROWS) {
      this.counted.set(key, {
        outcome,
        target,
        // An email can be as long as a body.
        emailKey: contactId === undefined && canBeLoginEmail(emailKey) ? emailKey : null,
        addressBlock: block,
        attempts: 1,
        firstAt: now,
        lastAt: now,
      });
    } else this.others[outcome]++;
  }

  /** Logs a failure to write: the next row `others` then counts these attempts. */
  async write(): Promise<void> {
    const { counted, others } = this;
    const areOthers = others.failed + others.blocked > 0;
    if (counted.size === 0 && !areOthers) return;
    this.counted = new Map();
    this.others = { failed: 0, blocked: 0 };
    const rows = [...counted.values()].map(rowOf);
    const all = areOthers ? [...rows, { action: 'sign_in.others', email_key: null, target: 'others', details: others }] : rows;
    try {
      await query(this.em.fork(), INSERT, [JSON.stringify(all.map((row, number) => ({ ...row, number })))]);
    } catch (err) {
      this.logger.warn({ msg: 'Sign-ins of the last minute are only counted in the audit trail.', rows: all.length, err });
      this.countAsOthers(counted.values(), others);
    }
  }

  private countAsOthers(counted: Iterable<CountedSignIn>, { failed, blocked }: { failed: number; blocked: number }): void {
    this.others.failed += failed;
    this.others.blocked += blocked;
    for (const { outcome, attempts } of counted) this.others[outcome] += attempts;
  }
}

const rowOf = ({ outcome, target, emailKey, addressBlock, attempts, firstAt, lastAt }: CountedSignIn) => ({
  action: `sign_in.${outcome}`,
  email_key: emailKey,
  target,
  details: { address: addressBlock, attempts, first_at: firstAt.toISOString(), last_at: lastAt.toISOString() },
});
