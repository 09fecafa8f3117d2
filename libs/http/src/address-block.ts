import { plainAddress } from './forwarded-address.js';
import ipaddr from 'ipaddr.js';

/** Most addresses whose blocks are remembered. */
const MAX_KNOWN = 10_000;
const known = new Map<string, string>();

/** The unit in which addresses are counted, in any notation: an IPv4 address, or the /64 network of an IPv6 subscriber. */
export function addressBlock(address: string): string {
  const found = known.get(address);
  if (found !== undefined) return found;
  const block = blockOf(address);
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(address, block);
  return block;
}

/** The address block of a request's caller; `none` where it was gone before its address was read. */
export const callerBlock = ({ ip }: { ip: string | undefined }): string => (ip === undefined ? 'none' : addressBlock(ip));

function blockOf(address: string): string {
  const plain = plainAddress(address);
  if (!ipaddr.IPv6.isValid(plain)) return plain;
  const groups = ipaddr.IPv6.parse(plain).parts.slice(0, 4);
  return `${groups.map((group) => group.toString(16)).join(':')}::/64`;
}
