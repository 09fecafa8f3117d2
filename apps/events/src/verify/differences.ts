/** A login of the gateway; a removed one has no email, and the version of its removal. */
export interface GatewayLogin {
  contactId: number;
  version: number;
  email: string | null;
  emailKey: string | null;
  /** SHA-256 of the sealed text, in hexadecimal. */
  credential: string | null;
}

/** The topic's last state of a key. */
export interface TopicTail {
  contactId: number;
  /** The version of the last record, which compaction keeps. */
  version: number;
  /** The greatest version of all records. */
  maxVersion: number;
  position: number;
  isRemoved: boolean;
  email: string | null;
  credential: string | null;
}

/** A login of the auth app. */
export interface AuthLogin {
  contactId: number;
  version: number;
  position: number;
  isRemoved: boolean;
  email: string | null;
  emailKey: string | null;
  credential: string | null;
}

/** One contact's login in gateway, topic and auth app. */
export interface LoginPlaces {
  contactId: number;
  gateway: GatewayLogin | undefined;
  topic: TopicTail | undefined;
  auth: AuthLogin | undefined;
}

export type DifferenceKind =
  | 'topic-ahead'
  | 'topic-lacks'
  | 'topic-older'
  | 'topic-overtaken'
  | 'topic-differs'
  | 'topic-not-removed'
  | 'auth-ahead'
  | 'auth-lacks'
  | 'auth-older'
  | 'auth-email'
  | 'auth-credential'
  | 'auth-position'
  | 'auth-not-removed';

/** The meaning of each kind, for operators. */
export const MEANING: Readonly<Record<DifferenceKind, string>> = {
  'topic-ahead': 'the topic has a greater version than the gateway: its database lost commits, see resync',
  'topic-lacks': 'the topic has no record of it',
  'topic-older': 'the topic ends on an older version',
  'topic-overtaken': "the topic's last record is not its newest: compaction would keep the older one",
  'topic-differs': 'the topic says something else of this version',
  'topic-not-removed': 'the topic has it as a living login, the gateway has none',
  'auth-ahead':
    'the auth app has a greater version than the gateway: its database lost commits (see resync), or a forged record took it over (see the runbook)',
  'auth-lacks': 'the auth app has no such login',
  'auth-older': 'the auth app has an older version',
  'auth-email': 'the auth app has another email, or lost it to another login',
  'auth-credential': 'the auth app has another credential, or could not open it',
  'auth-position': 'the auth app has another position than the topic',
  'auth-not-removed': 'the auth app still lets in, the gateway has no such login',
};

/** Versions that the gateway's sequence has not reached: repairing single logins does not help. */
export const isAhead = (kind: DifferenceKind): boolean => kind === 'topic-ahead' || kind === 'auth-ahead';

/** How topic and auth app differ from the gateway; empty if all agree. */
export function differencesOf({ gateway, topic, auth }: LoginPlaces): DifferenceKind[] {
  const found = gateway?.email == null ? withoutLogin(gateway, topic, auth) : withLogin(gateway, topic, auth);
  return found.filter((kind) => kind !== undefined);
}

type Finding = DifferenceKind | undefined;

function withoutLogin(gateway: GatewayLogin | undefined, topic: TopicTail | undefined, auth: AuthLogin | undefined): Finding[] {
  const topicAhead = gateway && topic && topic.maxVersion > gateway.version;
  const authAhead = gateway && auth && auth.version > gateway.version;
  const isTopicGone = !topic || (topic.isRemoved && topic.version === topic.maxVersion);
  return [
    topicAhead ? 'topic-ahead' : isTopicGone ? undefined : 'topic-not-removed',
    authAhead ? 'auth-ahead' : !auth || auth.isRemoved ? undefined : 'auth-not-removed',
  ];
}

function withLogin(gateway: GatewayLogin, topic: TopicTail | undefined, auth: AuthLogin | undefined): Finding[] {
  return [topicFinding(gateway, topic), ...authFindings(gateway, topic, auth)];
}

function topicFinding(gateway: GatewayLogin, topic: TopicTail | undefined): Finding {
  if (!topic) return 'topic-lacks';
  if (topic.maxVersion > gateway.version) return 'topic-ahead';
  if (topic.maxVersion < gateway.version) return 'topic-older';
  if (topic.version < topic.maxVersion) return 'topic-overtaken';
  return topic.email === gateway.email && topic.credential === gateway.credential ? undefined : 'topic-differs';
}

function authFindings(gateway: GatewayLogin, topic: TopicTail | undefined, auth: AuthLogin | undefined): Finding[] {
  if (!auth) return ['auth-lacks'];
  if (auth.version > gateway.version) return ['auth-ahead'];
  if (auth.version < gateway.version) return ['auth-older'];
  const isSameRecord = topic === undefined || topic.version !== auth.version || topic.position === auth.position;
  return [
    auth.email === gateway.email && auth.emailKey === gateway.emailKey ? undefined : 'auth-email',
    auth.credential === gateway.credential ? undefined : 'auth-credential',
    isSameRecord ? undefined : 'auth-position',
  ];
}
