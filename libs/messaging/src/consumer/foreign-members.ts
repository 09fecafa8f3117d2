import kafkajs, { type Admin } from 'kafkajs';

/** A member of the consumer group that is no replica of this app. */
export interface ForeignMember {
  /** The client id that the other program states. */
  client: string;
  topics: string[];
}

interface Own {
  topics: readonly string[];
  clientId: string;
}

/** What is known of a member that joins by the newer protocol, which kafkajs does not use. */
const OF_NEWER_PROTOCOL: ForeignMember = { client: 'a program with group.protocol=consumer', topics: [] };

/** Members of a group with another client id, or with topics that this app does not read: another program uses the group. */
export async function foreignMembers(admin: Admin, groupId: string, own: Own): Promise<ForeignMember[]> {
  const { groups } = await admin.describeGroups([groupId]);
  // Such a member changes the whole group to its protocol, and for this request a group of that protocol is dead.
  if (groups.some(({ state }) => state === 'Dead')) return [OF_NEWER_PROTOCOL];
  const members = groups
    .flatMap((group) => group.members)
    .map(({ clientId, memberMetadata }) => ({ client: clientId, topics: topicsOf(memberMetadata) }))
    .filter(({ client, topics }) => client !== own.clientId || topics.some((topic) => !own.topics.includes(topic)));
  return [...new Map(members.map((member) => [JSON.stringify(member), member])).values()];
}

/** While a group forms, its members have no metadata yet. */
const topicsOf = (metadata: Buffer): string[] =>
  metadata.length > 0 ? (kafkajs.AssignerProtocol.MemberMetadata.decode(metadata)?.topics ?? []).toSorted() : [];
