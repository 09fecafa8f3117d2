import { isIPv6 } from 'node:net';

/** What counts as one address: an IPv4 address, or the /64 that an IPv6 subscriber has all of. */
export function addressBlock(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped) return mapped;
  const [plain = ''] = address.split('%', 1);
  if (!isIPv6(plain)) return address;
  const [head = '', tail = ''] = new URL(`http://[${plain}]`).hostname.slice(1, -1).split('::');
  const groups = head === '' ? [] : head.split(':');
  const behind = tail === '' ? 0 : tail.split(':').length;
  const whole = [...groups, ...Array<string>(Math.max(0, 8 - groups.length - behind)).fill('0')];
  return `${whole
    .concat(tail === '' ? [] : tail.split(':'))
    .slice(0, 4)
    .join(':')}::/64`;
}
