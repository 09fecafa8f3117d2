import type pg from 'pg';
import { kafkaOf } from '../connections.js';
import { shownProgress } from '../repair/shown-progress.js';
import type { Tool } from '../tool.js';
import { companyDifferenceOf, type CompanyDifferenceKind, type CompanyPlaces } from './company-differences.js';
import { CompanyTails } from './company-tails.js';
import { untilPublished } from './settled.js';

/** How often a differing company is read again while it changes. */
const ROUNDS = 3;
const SLICE = 1_000;

/** A company that differs between gateway and topic. */
export interface CompanyDifference {
  companyId: number;
  kind: CompanyDifferenceKind;
  /** Null if there is none. */
  versions: { gateway: number | null; topic: number | null };
}

/** Companies in gateway and topic. */
export interface ComparedCompanies {
  gateway: number;
  topic: number;
  unreadable: number;
}

interface Places {
  gateway: pg.Client;
  waitMs: number;
  tool: Tool;
}

/** Compares companies in gateway and topic: memory holds one page, and the differences. */
export class CompanyComparison {
  /** Counts of companies that were the same at the first look. */
  private readonly same = { gateway: 0, topic: 0 };
  /** The other companies, as they were at the last look; undefined where one is gone from both. */
  private readonly looked = new Map<number, CompanyPlaces | undefined>();

  private constructor(
    private readonly places: Places,
    private readonly tails: CompanyTails,
  ) {}

  static async open(places: Places): Promise<CompanyComparison> {
    const { gateway: session, tool } = places;
    const { env, signal } = tool;
    const options = { session, signal, onProgress: shownProgress(tool) };
    return new CompanyComparison(
      places,
      await CompanyTails.open(kafkaOf(env), env.topic('companies.v1'), { ...options, partitions: env.partitions }),
    );
  }

  get compared(): ComparedCompanies {
    const counts = { ...this.same };
    for (const places of this.looked.values()) if (places) count(places, counts);
    return { ...counts, unreadable: this.tails.unreadable };
  }

  /** Companies that still differ after the outbox is published. */
  async all(): Promise<CompanyDifference[]> {
    await this.tails.catchUp();
    const found: number[] = [];
    for await (const places of this.tails.places('all')) {
      this.places.tool.signal.throwIfAborted();
      if (companyDifferenceOf(places)) found.push(places.companyId);
      else count(places, this.same);
    }
    return this.of(found);
  }

  /** Differing companies of these, after the outbox is published. */
  async of(companyIds: readonly number[]): Promise<CompanyDifference[]> {
    const differences: CompanyDifference[] = [];
    for (let from = 0; from < companyIds.length; from += SLICE)
      differences.push(...(await this.judge(companyIds.slice(from, from + SLICE), ROUNDS)));
    return differences;
  }

  async close(): Promise<void> {
    await this.tails.close();
  }

  /** A company whose version stays the same until the topic was read must be equal there. One that changes in every round is skipped. */
  private async judge(companyIds: readonly number[], rounds: number): Promise<CompanyDifference[]> {
    const { gateway, waitMs, tool } = this.places;
    const before = await this.read(companyIds);
    await untilPublished({ gateway, signal: tool.signal }, waitMs);
    await this.tails.catchUp();
    const after = await this.read(companyIds);
    for (const id of companyIds) this.looked.set(id, after.get(id));
    const isStable = (id: number): boolean => before.get(id)?.gateway?.version === after.get(id)?.gateway?.version;
    const differences = companyIds.flatMap((id) => {
      const places = after.get(id);
      const kind = places && isStable(id) ? companyDifferenceOf(places) : undefined;
      return kind ? [differenceOf(places!, kind)] : [];
    });
    const moving = companyIds.filter((id) => !isStable(id));
    if (moving.length === 0 || rounds === 1) return differences;
    return [...differences, ...(await this.judge(moving, rounds - 1))].sort((a, b) => a.companyId - b.companyId);
  }

  private async read(companyIds: readonly number[]): Promise<Map<number, CompanyPlaces>> {
    const found = new Map<number, CompanyPlaces>();
    for await (const places of this.tails.places(companyIds)) found.set(places.companyId, places);
    return found;
  }
}

function count({ gateway, topic }: CompanyPlaces, counts: { gateway: number; topic: number }): void {
  if (gateway) counts.gateway++;
  if (topic && !topic.isDeleted) counts.topic++;
}

const differenceOf = ({ companyId, gateway, topic }: CompanyPlaces, kind: CompanyDifferenceKind): CompanyDifference => ({
  companyId,
  kind,
  versions: { gateway: gateway?.version ?? null, topic: topic?.version ?? null },
});
