/** A company in the gateway. */
export interface GatewayCompany {
  version: number;
  updatedAt: Date;
  /** Hash of its own fields and tags. */
  state: string;
}

/** What the topic says of a company. */
export interface CompanyTail {
  /** The greatest version of its records. */
  version: number;
  isDeleted: boolean;
  /** Of the greatest version; null if it is deleted. */
  state: string | null;
}

/** One company in gateway and topic. */
export interface CompanyPlaces {
  companyId: number;
  gateway: GatewayCompany | undefined;
  topic: CompanyTail | undefined;
  /** From this time on the topic retains every record of it; undefined if it retains none. */
  retainedSince: Date | undefined;
}

export type CompanyDifferenceKind = 'topic-ahead' | 'topic-lacks' | 'topic-older' | 'topic-differs' | 'topic-not-deleted';

/** The meaning of each kind, for operators. */
export const COMPANY_MEANING: Readonly<Record<CompanyDifferenceKind, string>> = {
  'topic-ahead': 'the topic has a greater version than the gateway: its database lost commits, see resync',
  'topic-lacks': 'the topic has no record of its last change',
  'topic-older': 'the topic ends on an older version, for instance as a release before 1.1 changed it',
  'topic-differs': 'the topic says something else of this version',
  'topic-not-deleted': 'the topic has it as a company, the gateway has none',
};

/** Clocks of the database and of the broker may differ by this. */
const CLOCKS_MS = 60_000;

/** How the topic differs from the gateway. Records that the topic no longer retains are no difference. */
export function companyDifferenceOf({ gateway, topic, retainedSince }: CompanyPlaces): CompanyDifferenceKind | undefined {
  if (!gateway) return topic && !topic.isDeleted ? 'topic-not-deleted' : undefined;
  if (!topic) {
    const isRetained = retainedSince && gateway.updatedAt.getTime() - retainedSince.getTime() > CLOCKS_MS;
    return isRetained ? 'topic-lacks' : undefined;
  }
  if (topic.version > gateway.version) return 'topic-ahead';
  if (topic.version < gateway.version) return 'topic-older';
  return topic.state === gateway.state ? undefined : 'topic-differs';
}
