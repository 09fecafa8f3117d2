import type { TopicIds } from '#app/messaging/light';
import type { Admin } from 'kafkajs';
import type pg from 'pg';
import { kafkaOf } from '../connections.js';
import { judgeOf } from '../reading/authenticity.js';
import { shownProgress } from '../repair/shown-progress.js';
import type { Tool } from '../tool.js';
import { differencesOf, type DifferenceKind, type LoginPlaces } from './differences.js';
import { authLogins, gatewayLogins } from './login-tables.js';
import { mergeByKey } from './merge.js';
import { untilSettled } from './settled.js';
import { TopicTails } from './topic-tails.js';

/** How often a differing login is read again while it changes. */
const ROUNDS = 3;
/** Logins per read. */
const SLICE = 1_000;

/** A login that differs between the three. */
export interface Difference {
  contactId: number;
  kinds: DifferenceKind[];
  /** Versions in gateway, topic and auth app; null if there is none. */
  versions: { gateway: number | null; topic: number | null; auth: number | null };
  /** Greatest version outside the gateway. */
  above: number;
}

/** The number of logins in each of the three. */
export interface Compared {
  gateway: number;
  topic: number;
  auth: number;
  unreadable: number;
  unauthentic: number;
}

interface Places {
  gateway: pg.Client;
  auth: pg.Client;
  admin: Admin;
  topicIds: TopicIds;
  waitMs: number;
  tool: Tool;
}

/** Compares logins in gateway, topic and auth app, in contact order: memory holds one page, and the differences. */
export class LoginComparison {
  /** Counts of logins that were the same at the first look. */
  private readonly same = { gateway: 0, topic: 0, auth: 0 };
  /** The other logins, as they were at the last look. */
  private readonly looked = new Map<number, LoginPlaces>();

  private constructor(
    private readonly places: Places,
    private readonly tails: TopicTails,
    private readonly topic: string,
  ) {}

  static async open(places: Places): Promise<LoginComparison> {
    const { env, signal } = places.tool;
    const topic = env.topic('portal-logins.v1');
    const onProgress = shownProgress(places.tool);
    const tails = await TopicTails.open(kafkaOf(env), topic, {
      session: places.gateway,
      judge: judgeOf(env),
      onProgress,
      signal,
    });
    return new LoginComparison(places, tails, topic);
  }

  get compared(): Compared {
    const counts = { ...this.same };
    for (const places of this.looked.values()) count(places, counts);
    return { ...counts, unreadable: this.tails.unreadable, unauthentic: this.tails.unauthentic };
  }

  /** Logins that still differ after all pending changes have arrived. */
  async all(): Promise<Difference[]> {
    await this.tails.catchUp();
    const found: number[] = [];
    for await (const places of this.read()) {
      if (differencesOf(places).length > 0) found.push(places.contactId);
      else count(places, this.same);
    }
    return this.of(found);
  }

  /** Differing logins of some contacts, after all pending changes have arrived. */
  async of(contactIds: readonly number[]): Promise<Difference[]> {
    const differences: Difference[] = [];
    for (let from = 0; from < contactIds.length; from += SLICE)
      differences.push(...(await this.judge(contactIds.slice(from, from + SLICE), ROUNDS)));
    return differences;
  }

  /**
   * If the gateway's version of a login stays the same from before all pending changes arrived until topic and auth app were read,
   * it must be equal there. A login that changes during every read is skipped in the end.
   */
  private async judge(contactIds: readonly number[], rounds: number): Promise<Difference[]> {
    const { gateway, auth, admin, topicIds, waitMs, tool } = this.places;
    const before = await byContact(gatewayLogins(gateway, contactIds));
    await untilSettled({ gateway, auth, admin, topicIds, topic: this.topic, signal: tool.signal }, waitMs);
    await this.tails.catchUp();
    const tails = await byContact(this.tails.rows(contactIds));
    const applied = await byContact(authLogins(auth, contactIds));
    const after = await byContact(gatewayLogins(gateway, contactIds));
    const stable = contactIds.filter((id) => before.get(id)?.version === after.get(id)?.version);
    for (const contactId of contactIds)
      this.looked.set(contactId, {
        contactId,
        gateway: after.get(contactId),
        topic: tails.get(contactId),
        auth: applied.get(contactId),
      });
    const differences = stable.flatMap((contactId) => {
      const places = this.looked.get(contactId)!;
      const kinds = differencesOf(places);
      return kinds.length > 0 ? [differenceOf(places, kinds)] : [];
    });
    const moving = contactIds.filter((id) => !stable.includes(id));
    if (moving.length === 0 || rounds === 1) return differences;
    return [...differences, ...(await this.judge(moving, rounds - 1))].sort((a, b) => a.contactId - b.contactId);
  }

  async close(): Promise<void> {
    await this.tails.close();
  }

  private async *read(): AsyncGenerator<LoginPlaces> {
    const { gateway, auth, tool } = this.places;
    const merged = mergeByKey(gatewayLogins(gateway, 'all'), this.tails.rows('all'), authLogins(auth, 'all'));
    for await (const [held, tail, applied] of merged) {
      tool.signal.throwIfAborted();
      yield { contactId: (held ?? tail ?? applied)!.contactId, gateway: held, topic: tail, auth: applied };
    }
  }
}

function count({ gateway, topic, auth }: LoginPlaces, counts: { gateway: number; topic: number; auth: number }): void {
  if (gateway?.email != null) counts.gateway++;
  if (topic && !topic.isRemoved) counts.topic++;
  if (auth && !auth.isRemoved) counts.auth++;
}

const differenceOf = ({ contactId, gateway, topic, auth }: LoginPlaces, kinds: DifferenceKind[]): Difference => ({
  contactId,
  kinds,
  versions: { gateway: gateway?.version ?? null, topic: topic?.version ?? null, auth: auth?.version ?? null },
  above: Math.max(topic?.maxVersion ?? 0, auth?.version ?? 0),
});

async function byContact<Row extends { contactId: number }>(rows: AsyncIterable<Row>): Promise<Map<number, Row>> {
  const found = new Map<number, Row>();
  for await (const row of rows) found.set(row.contactId, row);
  return found;
}
