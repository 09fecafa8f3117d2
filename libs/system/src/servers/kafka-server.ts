import type { TcpProxy } from '../network/tcp-proxy.js';
import type { Watchdog } from '../processes/watchdog.js';
import { startKafka, type KafkaOptions, type RunningKafka } from './kafka.js';
import { Restartable } from './restartable.js';

/** A broker that can be stopped, killed and started again. Some clients reach it through their own proxies. */
export class KafkaServer extends Restartable<RunningKafka> {
  constructor(
    private readonly options: KafkaOptions,
    watchdog: Watchdog,
    readonly proxies: ReadonlyMap<string, TcpProxy>,
  ) {
    super(() => startKafka(options, watchdog));
  }

  /** `host:port`, without the proxies. */
  get address(): string {
    return `127.0.0.1:${this.options.port}`;
  }

  get nodeId(): number {
    return this.options.member?.nodeId ?? 1;
  }

  get dataDir(): string {
    return this.options.dataDir;
  }

  /** The proxy of a client. */
  proxyOf(client: string): TcpProxy {
    const proxy = this.proxies.get(client);
    if (!proxy) throw new Error(`${client} has no proxy to broker ${this.nodeId}.`);
    return proxy;
  }

  async closeProxies(): Promise<void> {
    await Promise.all([...this.proxies.values()].map((proxy) => proxy.close()));
  }
}
