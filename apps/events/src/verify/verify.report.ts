import { MEANING } from './differences.js';
import type { Compared, Difference } from './login-comparison.js';

/** Most logins that are listed one by one; `--json` lists all. */
const SHOWN = 20;

export interface VerifyResult extends Compared {
  differences: Difference[];
  /** Published again; undefined without `--repair`. */
  repaired?: number;
}

/** The comparison for people. */
export function describeComparison({
  gateway,
  topic,
  auth,
  unreadable,
  unauthentic,
  differences,
  repaired,
}: VerifyResult): string {
  const count = (number: number): string => number.toLocaleString('en');
  const lines = differences.slice(0, SHOWN).map(({ contactId, versions, kinds }) => {
    const shown = Object.entries(versions).map(([place, version]) => `${place} ${version ?? '-'}`);
    return `contact ${contactId} (${shown.join(', ')}): ${kinds.map((kind) => MEANING[kind]).join('; ')}`;
  });
  return [
    `Logins: ${count(gateway)} in the gateway, ${count(topic)} on the topic, ${count(auth)} in the auth app`,
    ...(unreadable > 0 ? [`${count(unreadable)} records of the topic can't be read.`] : []),
    ...(unauthentic > 0
      ? [`${count(unauthentic)} records of the topic are not the gateway's own; the auth app does not apply them.`]
      : []),
    ...(repaired === undefined ? [] : [`${count(repaired)} were published again.`]),
    ...lines,
    ...(differences.length > SHOWN ? [`… and ${count(differences.length - SHOWN)} more: see --json`] : []),
    differences.length === 0 ? 'All are the same everywhere.' : `${count(differences.length)} differ.`,
  ].join('\n');
}
