import { audited } from '../audit/audited.js';
import { note, print, printJson, type Tool } from '../tool.js';
import { runTaskOf } from './app-task.js';
import { requireYes } from '../ask.js';
import type { RepairOptions } from './repair.options.js';

interface ResyncResult {
  contacts: number;
  contactsBehind: number;
  loginsBehind: number;
  strangers: number;
  companies: number;
  companiesBehind: number;
  companyStrangers: number;
  waitingElsewhere: number;
  unreadable: number;
  unauthentic: number;
  published: { contacts: number; withdrawn: number; companies: number; withdrawnCompanies: number };
}

const SCRIPT = 'gateway/src/repair.js';
const count = (number: number): string => number.toLocaleString('en');

/** Raises every number above those on the topics, and publishes everything again. */
export async function resync({ json, dryRun, yes }: RepairOptions, tool: Tool): Promise<void> {
  if (dryRun || !yes) {
    const found = await runTaskOf<ResyncResult>({ script: SCRIPT, args: ['resync', '--dry-run'] }, tool);
    if (dryRun) return json ? printJson(tool, found) : print(tool, describeFound(found));
    note(tool, describeFound(found));
    const withdrawals = found.strangers + found.companyStrangers;
    const effort = `${count(found.contacts)} contacts, ${count(found.companies)} companies and ${count(withdrawals)} withdrawals`;
    await requireYes(tool, `Raise all versions and publish ${effort}?`, false);
  }
  const done = await audited(tool, { name: 'resync', outcome: ({ published }: ResyncResult) => published }, () =>
    runTaskOf<ResyncResult>({ script: SCRIPT, args: ['resync'] }, tool),
  );
  if (json) return printJson(tool, done);
  print(tool, describePublished(done.published));
  print(tool, 'Start the gateways now: they publish it. Then run verify.');
}

const describePublished = ({ contacts, withdrawn, companies, withdrawnCompanies }: ResyncResult['published']): string =>
  `${count(contacts)} contacts and ${count(companies)} companies are in the outbox, and ${count(withdrawn + withdrawnCompanies)} withdrawals.`;

const describeFound = (found: ResyncResult): string =>
  [
    `Contacts of the gateway: ${count(found.contacts)}`,
    `  older than on the topics: ${count(found.contactsBehind)}, their logins: ${count(found.loginsBehind)}`,
    `Contacts that the topics know and the gateway lacks: ${count(found.strangers)}`,
    `Companies of the gateway: ${count(found.companies)}`,
    `  older than on the topic: ${count(found.companiesBehind)}`,
    `Companies that the topic knows and the gateway lacks: ${count(found.companyStrangers)}`,
    ...(found.waitingElsewhere > 0
      ? [`Events that wait for topics of another prefix, and go to these: ${count(found.waitingElsewhere)}`]
      : []),
    ...(found.unreadable > 0 ? [`Records that can't be read: ${count(found.unreadable)}`] : []),
    ...(found.unauthentic > 0 ? [`Records of logins that are not the gateway's own: ${count(found.unauthentic)}`] : []),
  ].join('\n');
