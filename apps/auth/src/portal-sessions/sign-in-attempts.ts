import { setTimeout as delay } from 'node:timers/promises';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Logger } from '@nestjs/common';
import { addressBlock } from '#app/http';
import { inTransaction, query } from '#app/postgres';
import { canBeLoginEmail } from '../portal-logins/portal-login.entity.js';
import { AddressPlaces } from './address-places.js';
import { AttemptCounts, type Counted, type CountedAttempt } from './attempt-counts.js';
import type { AttemptKeys } from './attempt-keys.js';
import { TooManyAttempts } from './portal-session.errors.js';
import { RefusedKeys } from './refused-keys.js';

export interface AttemptLimits {
  perEmailAndAddress: number;
  perAddress: number;
  /** Attempts on one email from all addresses, except those from which its login has signed in lately. */
  perEmail: number;
  windowSeconds: number;
  /** Sign-ins of one address that run in one process at once. */
  atOnce: number;
}

/** The email and the address of a sign-in. */
export interface Attempt {
  emailKey: string;
  address: string;
}

/** An attempt that counts until it is taken back, also while it runs. */
export type Reservation = CountedAttempt[];

/** A new password clears an email's counts on every replica: a replica's memory must not outlive that by much. */
const EMAIL_REMEMBERED_MS = 1_000;
/** How long an attempt that memory refuses waits for its answer. */
const REFUSAL_PAUSE_MS = 500;
/** Days for which an address stays known to a login. */
const KNOWN_DAYS = 30;

/**
 * Limits failed sign-ins.
 *
 * An attempt is counted before the password is checked, and uncounted if it was right: otherwise a hundred at once would
 * all find a free place. A refused attempt costs no hash and, once its key is in memory, no query. Failures that fill a limit refuse
 * until the oldest is over; where running attempts fill it too, they may succeed, and the next attempt is refused for a second.
 */
export class SignInAttempts {
  private readonly logger = new Logger(SignInAttempts.name);
  private readonly counts: AttemptCounts;
  private readonly places: AddressPlaces;
  private readonly refusedAddresses: RefusedKeys;
  private readonly refusedEmails = new RefusedKeys(EMAIL_REMEMBERED_MS);
  /** Attempts that an email's limit refused, and that are still to be counted for their address. */
  private readonly uncounted = new Map<string, number>();

  constructor(
    private readonly em: EntityManager,
    private readonly keys: AttemptKeys,
    private readonly limits: AttemptLimits,
  ) {
    this.counts = new AttemptCounts(limits.windowSeconds);
    this.places = new AddressPlaces(limits.atOnce);
    this.refusedAddresses = new RefusedKeys(1_000 * limits.windowSeconds);
  }

  /**
   * Runs the work of an attempt in one of its address's places; `reserve` counts it.
   * @throws {TooManyAttempts} if a limit is reached, or all places of the address are in use
   */
  async run<T>(attempt: Attempt, work: (reserve: () => Promise<Reservation>) => Promise<T>): Promise<T> {
    const keyed = this.keyed(attempt);
    const error = this.rememberedError(keyed) ?? this.places.errorFor(keyed.address.key);
    if (error) return this.refuseLater(error);
    return this.places.run(keyed.address.key, () => work(() => this.reserve(keyed)));
  }

  /** Ends an attempt that failed. */
  fail(reservation: Reservation): Promise<void> {
    return this.inShortTransaction((em) => this.counts.fail(em, reservation));
  }

  /** Uncounts an attempt that succeeded or was never checked. */
  takeBack(em: EntityManager, reservation: Reservation): Promise<void> {
    return this.counts.takeBack(em, reservation);
  }

  /** Stores that a login has signed in from an address. */
  async remember(em: EntityManager, contactId: number, address: string): Promise<void> {
    await query(
      em,
      `insert into known_address (contact_id, address, expires_at) values ($1, $2, clock_timestamp() + interval '${KNOWN_DAYS} days')
       on conflict (contact_id, address) do update set expires_at = excluded.expires_at`,
      [contactId, this.keys.ofKnownAddress(contactId, addressBlock(address))],
    );
  }

  private keyed({ emailKey, address }: Attempt): KeyedAttempt {
    const { perAddress, perEmailAndAddress, perEmail } = this.limits;
    const block = addressBlock(address);
    const emailHash = this.keys.ofEmail(emailKey);
    return {
      emailKey,
      block,
      address: { key: this.keys.ofAddress(block), limit: perAddress, emailHash: null },
      emailAndAddress: { key: this.keys.ofEmailAndAddress(emailKey, block), limit: perEmailAndAddress, emailHash },
      email: { key: emailHash, limit: perEmail, emailHash },
    };
  }

  /** Delays the answer, so that a caller that retries at once costs few requests. */
  private async refuseLater(error: TooManyAttempts): Promise<never> {
    await delay(REFUSAL_PAUSE_MS);
    throw error;
  }

  private rememberedError({ address, emailAndAddress }: KeyedAttempt): TooManyAttempts | undefined {
    const ofAddress = this.refusedAddresses.secondsLeft(address.key);
    if (ofAddress !== undefined) return new TooManyAttempts(ofAddress);
    // Not the email alone: an address that its login knows may try.
    const ofEmail = this.refusedEmails.secondsLeft(emailAndAddress.key);
    if (ofEmail === undefined) return undefined;
    void this.countForAddress(address);
    return new TooManyAttempts(ofEmail);
  }

  private async reserve(attempt: KeyedAttempt): Promise<Reservation> {
    const outcome = await this.inShortTransaction((em) => this.countIn(em, attempt));
    if (!('refusedBy' in outcome)) return outcome.reservation;
    const { refusedBy, seconds } = outcome;
    if (refusedBy === 'address') this.refusedAddresses.note(attempt.address.key, seconds);
    else this.refusedEmails.note(attempt.emailAndAddress.key, seconds);
    throw new TooManyAttempts(seconds);
  }

  /** A crash may lose the last attempts. Sign-ins from one address wait for each other's commit, so it must be short. */
  private inShortTransaction<T>(work: (em: EntityManager) => Promise<T>): Promise<T> {
    return inTransaction(this.em, async (em) => {
      await query(em, 'set local synchronous_commit to off');
      return work(em);
    });
  }

  /** Commits also if the email's limit is reached: the attempt stays counted for its address. */
  private async countIn(em: EntityManager, attempt: KeyedAttempt): Promise<CountOutcome> {
    const { address, emailAndAddress, email } = attempt;
    const ofAddress = await this.counts.count(em, address);
    if (!ofAddress) return { refusedBy: 'address', seconds: await this.secondsLeft(em, address) };
    const refusedBy = async (counted: Counted): Promise<CountOutcome> => {
      await this.counts.fail(em, [ofAddress]);
      return { refusedBy: 'email', seconds: await this.secondsLeft(em, counted) };
    };
    const ofPair = await this.counts.count(em, emailAndAddress);
    if (!ofPair) return refusedBy(emailAndAddress);
    const ofEmail = await this.counts.count(em, email);
    if (ofEmail) return { reservation: [ofAddress, ofPair, ofEmail] };
    if (await this.isKnown(em, attempt)) return { reservation: [ofAddress, ofPair] };
    await this.counts.takeBack(em, [ofPair]);
    return refusedBy(email);
  }

  private async secondsLeft(em: EntityManager, counted: Counted): Promise<number> {
    return (await this.counts.secondsLeft(em, counted)) ?? 1;
  }

  private async isKnown(em: EntityManager, { emailKey, block }: KeyedAttempt): Promise<boolean> {
    if (!canBeLoginEmail(emailKey)) return false;
    const [login] = await query<{ id: string }>(em, 'select contact_id as id from portal_login where email_key = $1', [emailKey]);
    if (!login) return false;
    const rows = await query(
      em,
      'select from known_address where contact_id = $1 and address = $2 and expires_at > clock_timestamp()',
      [login.id, this.keys.ofKnownAddress(Number(login.id), block)],
    );
    return rows.length > 0;
  }

  /** Counts refused attempts for their address, one statement at a time per address, however many come. */
  private async countForAddress(address: Counted): Promise<void> {
    const { key } = address;
    const isCounting = this.uncounted.has(key);
    this.uncounted.set(key, (this.uncounted.get(key) ?? 0) + 1);
    if (isCounting) return;
    try {
      while (this.uncounted.get(key)! > 0) {
        this.uncounted.set(key, this.uncounted.get(key)! - 1);
        const counted = await this.counts.count(this.em.fork(), address);
        if (counted) {
          await this.counts.fail(this.em.fork(), [counted]);
          continue;
        }
        this.refusedAddresses.note(key, await this.secondsLeft(this.em.fork(), address));
        return;
      }
    } catch (err) {
      this.logger.debug({ msg: 'A refused sign-in is not counted for its address.', err });
    } finally {
      this.uncounted.delete(key);
    }
  }
}

interface KeyedAttempt {
  emailKey: string;
  block: string;
  address: Counted;
  emailAndAddress: Counted;
  email: Counted;
}

type CountOutcome = { reservation: Reservation } | { refusedBy: 'email' | 'address'; seconds: number };
