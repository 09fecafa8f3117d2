const SUFFIX = '.ipv6-literal.net';

/**
 * Trap: kafkajs splits `host:port` at the first colon. An IPv6 address, `[::1]:9092`, is written as a name without colons
 * (`--1.ipv6-literal.net`), and decoded again where the socket is opened.
 */
export function seedAddress(broker: string): string {
  const [, address, port] = /^\[(.+)\]:(\d+)$/.exec(broker) ?? [];
  return address === undefined ? broker : `${address.replaceAll(':', '-')}${SUFFIX}:${port}`;
}

/** The host to open a socket to. */
export const hostOf = (host: string): string =>
  host.endsWith(SUFFIX) ? host.slice(0, -SUFFIX.length).replaceAll('-', ':') : host;
