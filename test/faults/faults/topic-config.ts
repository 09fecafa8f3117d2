import kafkajs from 'kafkajs';
import { TOPIC_SETTINGS, topicOf, type TopicName } from '#app/contracts';
import { withAdmin } from '#app/system/testing';
import type { System } from '../system/system.js';

/** Changes settings of a topic. kafkajs replaces all settings at once, so the unchanged ones are sent again. */
export const setTopic = (system: System, name: TopicName, changes: Readonly<Record<string, string>> = {}): Promise<unknown> =>
  withAdmin(system.brokerAddresses, (admin) => {
    const settings = { ...TOPIC_SETTINGS[name], ...changes };
    const configEntries = Object.entries(settings).map(([key, value]) => ({ name: key, value }));
    const resource = { type: kafkajs.ConfigResourceTypes.TOPIC, name: topicOf(name), configEntries };
    return admin.alterConfigs({ validateOnly: false, resources: [resource] });
  });
