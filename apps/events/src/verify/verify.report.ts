import type { CompanyDifference, ComparedCompanies } from './company-comparison.js';
import { COMPANY_MEANING } from './company-differences.js';
import { MEANING } from './differences.js';
import type { Compared, Difference } from './login-comparison.js';

/** Most logins, and most companies, that are listed one by one; `--json` lists all. */
const SHOWN = 20;

export interface VerifyResult extends Compared {
  differences: Difference[];
  companies: ComparedCompanies & { differences: CompanyDifference[] };
  /** Published again; undefined without `--repair`. */
  repaired?: number;
}

export const countDifferences = ({ differences, companies }: VerifyResult): number =>
  differences.length + companies.differences.length;

/** The comparison for people. */
export function describeComparison(result: VerifyResult): string {
  const { gateway, topic, auth, unauthentic, differences, companies, repaired } = result;
  const unreadable = result.unreadable + companies.unreadable;
  const different = countDifferences(result);
  return [
    `Logins: ${count(gateway)} in the gateway, ${count(topic)} on the topic, ${count(auth)} in the auth app`,
    `Companies: ${count(companies.gateway)} in the gateway, ${count(companies.topic)} on the topic (which keeps what changed in 30 days)`,
    ...(unreadable > 0 ? [`${count(unreadable)} records of the topics can't be read.`] : []),
    ...(unauthentic > 0
      ? [`${count(unauthentic)} records of the topic are not the gateway's own; the auth app does not apply them.`]
      : []),
    ...(repaired === undefined ? [] : [`${count(repaired)} were published again.`]),
    ...firstOf(differences, ({ contactId, versions, kinds }) =>
      lineOf(`contact ${contactId}`, versions, kinds.map((kind) => MEANING[kind]).join('; ')),
    ),
    ...firstOf(companies.differences, ({ companyId, versions, kind }) =>
      lineOf(`company ${companyId}`, versions, COMPANY_MEANING[kind]),
    ),
    different === 0 ? 'All are the same everywhere.' : `${count(different)} differ.`,
  ].join('\n');
}

const count = (number: number): string => number.toLocaleString('en');

function firstOf<T>(items: readonly T[], line: (item: T) => string): string[] {
  const more = items.length > SHOWN ? [`… and ${count(items.length - SHOWN)} more: see --json`] : [];
  return [...items.slice(0, SHOWN).map(line), ...more];
}

function lineOf(what: string, versions: Record<string, number | null>, meaning: string): string {
  const shown = Object.entries(versions).map(([place, version]) => `${place} ${version ?? '-'}`);
  return `${what} (${shown.join(', ')}): ${meaning}`;
}
