import { audited } from '../audit/audited.js';
import { note, print, printJson, type Tool } from '../tool.js';
import { runTaskOf } from './app-task.js';
import { requireYes } from '../ask.js';
import type { RepairOptions } from './repair.options.js';

interface Comparison {
  same: number;
  older: number;
  newer: number;
  different: number;
  missing: number;
  unknown: number;
}

interface RebuildResult {
  comparison: Comparison;
  records: { applied: number; skipped: number; deadLettered: number; unauthentic: number };
  seconds: number;
  heldMs: number | null;
}

const SCRIPT = 'auth/src/rebuild.js';
const count = (number: number): string => number.toLocaleString('en');

/** Makes a new projection of the logins from the topic's beginning, compares it with the live one, and replaces the live one. */
export async function rebuildAuth({ json, dryRun, yes }: RepairOptions, tool: Tool): Promise<void> {
  const prepared = await runTaskOf<RebuildResult>({ script: SCRIPT, args: ['prepare'] }, tool);
  if (!json) note(tool, describe(prepared));
  if (dryRun) {
    await runTaskOf({ script: SCRIPT, args: ['drop'] }, tool);
    return json ? printJson(tool, prepared) : print(tool, 'Nothing was taken over.');
  }
  await requireYes(tool, question(prepared.comparison), yes);
  const swapped = await audited(tool, { name: 'rebuild', outcome: ({ comparison }: RebuildResult) => comparison }, () =>
    runTaskOf<RebuildResult>({ script: SCRIPT, args: ['swap'] }, tool),
  );
  if (json) return printJson(tool, { ...swapped, prepared });
  print(tool, `Taken over. Changes waited for ${swapped.heldMs} ms, sign-ins did not.`);
}

const question = ({ unknown }: Comparison): string =>
  unknown === 0 ? 'Take it over?' : `Take it over, and with that end ${count(unknown)} logins that are not on the topic?`;

function describe({ comparison, records, seconds }: RebuildResult): string {
  const { same, older, newer, different, missing, unknown } = comparison;
  const all = records.applied + records.skipped;
  const rate = Math.round(all / seconds);
  return [
    `${count(all)} records in ${seconds.toFixed(1)} s (${count(rate)}/s), ${count(records.deadLettered)} of them dead letters, ${count(records.unauthentic)} of those not the gateway's own.`,
    `The live logins compared with the new ones: ${count(same)} the same, ${count(older)} older, ${count(newer)} newer,`,
    `${count(different)} different at the same version, ${count(missing)} missing, ${count(unknown)} not on the topic.`,
  ].join('\n');
}
