import { DEFAULT_TOPIC_PREFIX, topicOf, type TopicName } from '#app/contracts/light';
import { readEventMacKeys, type EventMacKeys } from '#app/credentials';
import {
  hostInUrl,
  integer,
  kafkaName,
  readDatabaseUrl,
  readKafkaConnection,
  SettingsReader,
  type DatabaseUrl,
  type KafkaConnection,
  type SettingsSource,
} from '#app/settings';

/** The tool's settings; each command reads only what it needs, so that a subscriber needs no database. */
export class EventsEnv {
  constructor(private readonly source: SettingsSource = process.env) {}

  /** The environment of tasks that the tool starts. */
  get ofTasks(): SettingsSource {
    return this.source;
  }

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

  /** The number of partitions that the gateway publishes to. @throws {InvalidSettings} */
  get partitions(): number {
    return this.read((settings) => settings.read('TOPIC_PARTITIONS', 6, integer(1, 1_000)));
  }

  /** The auth app's consumer group. @throws {InvalidSettings} */
  get consumerGroup(): string {
    return this.read((settings) => settings.read('CONSUMER_GROUP', 'contact-sync-auth', kafkaName(249)));
  }

  /** @throws {InvalidSettings} */
  get gatewayDatabaseUrl(): DatabaseUrl {
    return this.read((settings) => readDatabaseUrl(settings, 'GATEWAY_DATABASE_URL'));
  }

  /** @throws {InvalidSettings} */
  get authDatabaseUrl(): DatabaseUrl {
    return this.read((settings) => readDatabaseUrl(settings, 'AUTH_DATABASE_URL'));
  }

  /**
   * The database whose audit trail has operators' commands: the gateway's, else the auth app's; undefined if neither is set.
   * @throws {InvalidSettings}
   */
  get auditDatabaseUrl(): DatabaseUrl | undefined {
    if (this.isSet('GATEWAY_DATABASE_URL')) return this.gatewayDatabaseUrl;
    return this.isSet('AUTH_DATABASE_URL') ? this.authDatabaseUrl : undefined;
  }

  /** Keys of the gateway's marks; undefined: marks are not checked. @throws {InvalidSettings} */
  get eventMacKeys(): EventMacKeys | undefined {
    return this.read((settings) => settings.readOptionalOrFile('EVENT_MAC_KEYS', readEventMacKeys));
  }

  /** The address of an auth app; undefined if it is not set. @throws {InvalidSettings} */
  get authUrl(): string | undefined {
    const port = this.source['AUTH_PORT']?.trim();
    const local = port ? `http://${hostInUrl(this.source['HOST'])}:${port}` : '';
    return this.read((settings) => settings.read<string>('AUTH_URL', local, httpUrl)) || undefined;
  }

  private isSet(name: string): boolean {
    return [name, `${name}_FILE`].some((one) => this.source[one]?.trim());
  }

  private read<T>(read: (settings: SettingsReader) => T): T {
    const settings = new SettingsReader(this.source);
    return settings.accept(read(settings));
  }
}

function httpUrl(text: string): string {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol)) throw new Error('must be http://host:port');
  return text.replace(/\/+$/, '');
}
