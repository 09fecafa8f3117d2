import { InvalidArgumentError } from 'commander';
import type { TopicName } from '#app/contracts';
import type { EventsEnv } from '../env.js';

/** Short names for the topics of the deployment. */
const SHORT_NAMES: Readonly<Record<string, TopicName>> = {
  contacts: 'contacts.v1',
  companies: 'companies.v1',
  logins: 'portal-logins.v1',
  'dead-letters': 'portal-logins.v1.dead-letters',
};

export const TOPIC_HELP = 'contacts, companies, logins, or the full name of a topic';

/** A topic as named on the command line. */
export function topicName(text: string): string {
  if (!/^[a-zA-Z0-9._-]{1,249}$/.test(text)) throw new InvalidArgumentError(`It is ${TOPIC_HELP}.`);
  return text;
}

/** The full name of a topic that may have a short name. */
export const fullTopic = (env: EventsEnv, name: string): string =>
  Object.hasOwn(SHORT_NAMES, name) ? env.topic(SHORT_NAMES[name]!) : name;

/** The topics that subscribers read. */
export const eventTopics = (env: EventsEnv): string[] => [...contactTopics(env), env.topic('companies.v1')];

/** The topics whose key is a contact's id. */
export const contactTopics = (env: EventsEnv): string[] => [env.topic('contacts.v1'), env.topic('portal-logins.v1')];

/** Whether the key of a topic's records is a company's id. */
export const isCompanyTopic = (topic: string): boolean => /(^|\.)companies\.v1$/.test(topic);

/** A topic's short name, if it has one. */
export function shortTopic(env: EventsEnv, topic: string): string {
  return Object.keys(SHORT_NAMES).find((name) => fullTopic(env, name) === topic) ?? topic;
}
