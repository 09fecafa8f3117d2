import kafkajs, { type Admin } from 'kafkajs';

/** Topics that other members of a group read and this one does not: another deployment uses the same group. */
export async function foreignTopics(admin: Admin, groupId: string, topics: readonly string[]): Promise<string[]> {
  const { groups } = await admin.describeGroups([groupId]);
  const members = groups.flatMap((group) => group.members);
  const read = members.flatMap(
    ({ memberMetadata }) => kafkajs.AssignerProtocol.MemberMetadata.decode(memberMetadata)?.topics ?? [],
  );
  return [...new Set(read)].filter((topic) => !topics.includes(topic)).sort();
}
