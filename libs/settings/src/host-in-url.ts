import { isIPv6 } from 'node:net';

/** What listens on these listens on the loopback address too. */
const WITH_LOOPBACK = ['', '0.0.0.0', '::', 'localhost'];

/**
 * The host of a URL by which this machine reaches an app with this `HOST`.
 * @param loopback stands for an app that listens on all addresses, or on those of this machine alone
 */
export function hostInUrl(host: string | undefined, loopback = '127.0.0.1'): string {
  const name = host?.trim() ?? '';
  if (WITH_LOOPBACK.includes(name)) return loopback;
  return isIPv6(name) ? `[${name}]` : name;
}
