import { recordCommand } from '../audit/record-command.js';
import { onDatabase, kafkaOf } from '../connections.js';
import { EXIT, type ExitCode } from '../exit-code.js';
import { requireYes } from '../ask.js';
import { runTaskOf } from '../repair/app-task.js';
import { note, printJson, type Tool } from '../tool.js';
import { isAhead } from './differences.js';
import { LoginComparison } from './login-comparison.js';
import { describeComparison, type VerifyResult } from './verify.report.js';

export interface VerifyOptions {
  json?: boolean;
  repair?: boolean;
  yes?: boolean;
  /** Seconds that pending changes may take to arrive. */
  wait: number;
}

/** Compares every login in gateway, topic and auth app, and repairs differences on request. */
export async function verify(options: VerifyOptions, tool: Tool): Promise<ExitCode> {
  const { env } = tool;
  const admin = kafkaOf(env).admin();
  await admin.connect();
  try {
    return await onDatabase(env.gatewayDatabaseUrl, (gateway) =>
      onDatabase(env.authDatabaseUrl, async (auth) => {
        const comparison = await LoginComparison.open({ gateway, auth, admin, waitMs: options.wait * 1_000, tool });
        try {
          return report(await carryOut(comparison, options, tool), options, tool);
        } finally {
          await comparison.close();
        }
      }),
    );
  } finally {
    await admin.disconnect();
  }
}

async function carryOut(comparison: LoginComparison, options: VerifyOptions, tool: Tool): Promise<VerifyResult> {
  const differences = await comparison.all();
  const repairable = differences.filter(({ kinds }) => !kinds.some(isAhead));
  if (!options.repair || repairable.length === 0) return { ...comparison.compared, differences };
  if (!options.json) note(tool, describeComparison({ ...comparison.compared, differences }));
  await requireYes(tool, `Publish ${repairable.length.toLocaleString('en')} logins again, as the gateway has them?`, options.yes);
  await runTaskOf(
    {
      script: 'gateway/src/repair.js',
      args: ['republish'],
      input: repairable.map(({ contactId, above }) => ({ contactId, above })),
    },
    tool,
  );
  await recordCommand(tool.env.gatewayDatabaseUrl, { name: 'verify-repair', details: { published: repairable.length } }, tool);
  const left = await comparison.of(differences.map(({ contactId }) => contactId));
  return { ...comparison.compared, differences: left, repaired: repairable.length };
}

function report(result: VerifyResult, { json }: VerifyOptions, tool: Tool): ExitCode {
  if (json) printJson(tool, result);
  else tool.stdout.write(`${describeComparison(result)}\n`);
  return result.differences.length === 0 ? EXIT.done : EXIT.found;
}
