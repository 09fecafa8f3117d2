import kafkajs, { type AclEntry } from 'kafkajs';
import { topicOf, type TopicName } from '#app/contracts';
import { eventually } from '#app/system/testing';
import { must, type Check } from './check.js';
import { Portal } from './portal.js';
import { DATABASES, type SecuredSystem } from './secured-system.js';

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;
const WAIT = { timeoutMs: 60_000 };

/** Takes every right on a topic away from everybody for some work. */
async function withoutRights(secured: SecuredSystem, name: TopicName, work: () => Promise<void>): Promise<void> {
  const admin = secured.adminKafka.admin();
  await admin.connect();
  const filter = {
    resourceType: AclResourceTypes.TOPIC,
    resourceName: topicOf(name),
    resourcePatternType: ResourcePatternTypes.LITERAL,
    operation: AclOperationTypes.ANY,
    permissionType: AclPermissionTypes.ANY,
  };
  try {
    const { resources } = await admin.describeAcls(filter);
    const acl = resources.flatMap(({ acls, resourcePatternType, ...resource }) =>
      acls.map((each): AclEntry => ({ ...resource, resourcePatternType, ...each })),
    );
    must(acl.length > 0, `There is no right on ${topicOf(name)}.`);
    await admin.deleteAcls({ filters: [filter] });
    try {
      await work();
    } finally {
      await admin.createAcls({ acl });
    }
  } finally {
    await admin.disconnect();
  }
}

const waiting = (secured: SecuredSystem): Promise<string[]> =>
  secured.postgres.asAdmin(async (admin) => {
    const { rows } = await admin.query<{ topic: string }>('select distinct topic from outbox order by 1');
    return rows.map(({ topic }) => topic);
  }, DATABASES.gateway);

/** A topic that a release adds, before its rights are given. */
export const TOPIC_RIGHT_CHECKS: readonly Check[] = [
  {
    name: 'nobody has a right on the topic of companies / events of contacts and logins go on, and those of companies follow once it is given',
    run: async (secured) => {
      const portal = new Portal(secured);
      await withoutRights(secured, 'companies.v1', async () => {
        const { id } = await portal.contactWithLogin();
        await portal.update(id, { email: Portal.newEmail() });
        await eventually(async () => {
          const topics = await waiting(secured);
          must(topics.join() === topicOf('companies.v1'), topics);
        }, WAIT);
      });
      await eventually(async () => {
        const topics = await waiting(secured);
        must(topics.length === 0, topics);
      }, WAIT);
    },
  },
];
