import { recordCommand } from '../audit/record-command.js';
import { note, print, printJson, type Tool } from '../tool.js';
import { runTaskOf } from './app-task.js';
import { requireYes } from '../ask.js';
import type { RepairOptions } from './repair.options.js';

interface ResyncResult {
  contacts: number;
  contactsBehind: number;
  loginsBehind: number;
  strangers: number;
  unreadable: number;
  unauthentic: number;
  published: { contacts: number; withdrawn: number };
}

const SCRIPT = 'gateway/src/repair.js';
const count = (number: number): string => number.toLocaleString('en');

/** Raises every number above what the topics have seen, and publishes everything again. */
export async function resync({ json, dryRun, yes }: RepairOptions, tool: Tool): Promise<void> {
  if (dryRun || !yes) {
    const found = await runTaskOf<ResyncResult>({ script: SCRIPT, args: ['resync', '--dry-run'] }, tool);
    if (dryRun) return json ? printJson(tool, found) : print(tool, describeFound(found));
    note(tool, describeFound(found));
    const effort = `${count(found.contacts)} contacts and ${count(found.strangers)} withdrawals`;
    await requireYes(tool, `Raise all versions and publish ${effort}?`, false);
  }
  const done = await runTaskOf<ResyncResult>({ script: SCRIPT, args: ['resync'] }, tool);
  await recordCommand(tool.env.gatewayDatabaseUrl, { name: 'resync', details: done.published }, tool);
  if (json) return printJson(tool, done);
  print(
    tool,
    `${count(done.published.contacts)} contacts are in the outbox, and ${count(done.published.withdrawn)} withdrawals.`,
  );
  print(tool, 'Start the gateways now: they publish it. Then run verify.');
}

const describeFound = ({ contacts, contactsBehind, loginsBehind, strangers, unreadable, unauthentic }: ResyncResult): string =>
  [
    `Contacts of the gateway: ${count(contacts)}`,
    `  older than on the topics: ${count(contactsBehind)}, their logins: ${count(loginsBehind)}`,
    `Contacts that the topics know and the gateway lacks: ${count(strangers)}`,
    ...(unreadable > 0 ? [`Records that can't be read: ${count(unreadable)}`] : []),
    ...(unauthentic > 0 ? [`Records of logins that are not the gateway's own: ${count(unauthentic)}`] : []),
  ].join('\n');
