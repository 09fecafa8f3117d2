import kafkajs from 'kafkajs';
import { deleteTopics, withAdmin } from '#app/system/testing';
import { TOPIC_SETTINGS, topicOf, type TopicName } from '#app/contracts';
import type { System } from '../system/system.js';
import type { Fault } from './fault.js';

const AWAY_SECONDS = 20;

const brokerAway: Fault = {
  number: 7,
  name: 'broker stopped under load',
  run: async ({ system, seconds, brief, lasts }) => {
    const { brokers } = system.servers;
    await Promise.all(brokers.map((broker) => broker.stop('SIGTERM')));
    await lasts(brief ? seconds : Math.max(seconds, AWAY_SECONDS), { gateway: ['degraded'], auth: ['degraded'] });
    await Promise.all(brokers.map((broker) => broker.start()));
  },
};

const leaderKilled: Fault = {
  number: 8,
  name: 'one of three brokers killed -9 again and again',
  brokers: 3,
  run: async ({ system, random, seconds, lasts }) => {
    for (let round = 0; round < 3; round++) {
      const broker = random.pick(system.servers.brokers);
      await broker.stop('SIGKILL');
      await lasts(seconds);
      await broker.start();
      await lasts(3);
    }
  },
};

const answersSwallowed: Fault = {
  number: 9,
  name: 'broker takes what is sent, its answers are swallowed',
  run: async ({ system, seconds, lasts }) => {
    for (let round = 0; round < 2; round++) {
      await system.setBrokerProxies(system.gateways, 'mute');
      await lasts(seconds, round === 0 ? { gateway: ['degraded'] } : {});
      await system.setBrokerProxies(system.gateways, 'pass');
      await lasts(2);
    }
  },
};

const tooFewInSync: Fault = {
  number: 10,
  name: 'fewer replicas in sync than asked for',
  brokers: 3,
  approximation:
    'asked for are all three (min.insync.replicas 3) and one is killed: two of three would take the controllers away too',
  run: async ({ system, seconds, lasts }) => {
    await setMinInsync(system, 3);
    const broker = system.servers.brokers[2]!;
    await broker.stop('SIGKILL');
    // The brokers of the waiting gateway work: it sees the fault only when an event is late.
    await lasts(Math.max(seconds, 8), { leader: ['degraded'] });
    await broker.start();
    await setMinInsync(system, 2);
  },
};

const topicMadeAgain: Fault = {
  number: 28,
  name: 'group offsets expired; topic of the logins deleted and made again',
  run: async ({ system, rest, load, reader }) => {
    // A killed process stays a member for a while, and Kafka deletes no group that has members.
    await Promise.all(system.auths.map(({ app }) => app.terminate()));
    await withAdmin(system.brokerAddresses, (admin) => admin.deleteGroups(['contact-sync-auth']));
    await system.startApps();
    await load.pause();
    await rest();
    const topic = topicOf('portal-logins.v1');
    await deleteTopics(system.brokerAddresses, [topic]);
    reader.madeAgain(topic);
    await system.setUp('gateway');
    load.resume();
  },
};

/** kafkajs replaces all settings of a topic at once, so the unchanged ones are sent again. */
const setMinInsync = (system: System, replicas: number): Promise<void> =>
  withAdmin(system.brokerAddresses, async (admin) => {
    const resources = Object.entries(TOPIC_SETTINGS).map(([name, settings]) => ({
      type: kafkajs.ConfigResourceTypes.TOPIC,
      name: topicOf(name as TopicName),
      configEntries: Object.entries({
        ...settings,
        'min.insync.replicas': String(replicas),
        'unclean.leader.election.enable': 'false',
      }).map(([key, value]) => ({ name: key, value })),
    }));
    await admin.alterConfigs({ validateOnly: false, resources });
  });

export const BROKER_FAULTS: readonly Fault[] = [brokerAway, leaderKilled, answersSwallowed, tooFewInSync, topicMadeAgain];
