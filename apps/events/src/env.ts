import { DEFAULT_TOPIC_PREFIX, topicOf, type TopicName } from '@app/contracts';
import {
  kafkaName,
  postgresUrl,
  readKafkaConnection,
  SettingsReader,
  type KafkaConnection,
  type SettingsSource,
} from '@app/settings';

/** What the tool is told by the environment; each command asks for what it needs alone, so that a subscriber needs no database. */
export class EventsEnv {
  constructor(private readonly source: SettingsSource = process.env) {}

  /** @throws {InvalidSettings} */
  get kafka(): KafkaConnection {
    return this.read(readKafkaConnection);
  }

  /** The full name of a topic in this deployment. @throws {InvalidSettings} */
  topic(name: TopicName): string {
    return topicOf(
      name,
      this.read((settings) => settings.read('TOPIC_PREFIX', DEFAULT_TOPIC_PREFIX, kafkaName(180))),
    );
  }

  /** The auth app's consumer group. @throws {InvalidSettings} */
  get consumerGroup(): string {
    return this.read((settings) => settings.read('CONSUMER_GROUP', 'contact-sync-auth', kafkaName(249)));
  }

  /** @throws {InvalidSettings} */
  get gatewayDatabaseUrl(): string {
    return this.read((settings) => settings.read('GATEWAY_DATABASE_URL', undefined, postgresUrl));
  }

  /** @throws {InvalidSettings} */
  get authDatabaseUrl(): string {
    return this.read((settings) => settings.read('AUTH_DATABASE_URL', undefined, postgresUrl));
  }

  private read<T>(read: (settings: SettingsReader) => T): T {
    const settings = new SettingsReader(this.source);
    return settings.accept(read(settings));
  }
}
