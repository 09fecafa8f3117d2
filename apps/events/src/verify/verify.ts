import { TopicIds } from '#app/messaging/light';
import { counted } from '#app/terminal';
import { audited } from '../audit/audited.js';
import { onDatabase, kafkaOf } from '../connections.js';
import { EXIT, type ExitCode } from '../exit-code.js';
import { requireYes } from '../ask.js';
import { runTaskOf } from '../repair/app-task.js';
import { note, printJson, type Tool } from '../tool.js';
import { CompanyComparison } from './company-comparison.js';
import { isAhead } from './differences.js';
import { LoginComparison } from './login-comparison.js';
import { countDifferences, describeComparison, type VerifyResult } from './verify.report.js';

export interface VerifyOptions {
  json?: boolean;
  repair?: boolean;
  yes?: boolean;
  /** Seconds that pending changes may take to arrive. */
  wait: number;
}

/** Compares every login in gateway, topic and auth app, and every company in gateway and topic; repairs differences on request. */
export async function verify(options: VerifyOptions, tool: Tool): Promise<ExitCode> {
  const { env } = tool;
  const waitMs = options.wait * 1_000;
  const kafka = kafkaOf(env);
  const admin = kafka.admin();
  const topicIds = new TopicIds(kafka);
  await admin.connect();
  try {
    return await onDatabase(env.gatewayDatabaseUrl, (gateway) =>
      onDatabase(env.authDatabaseUrl, async (auth) => {
        const logins = await LoginComparison.open({ gateway, auth, admin, topicIds, waitMs, tool });
        const companies = await CompanyComparison.open({ gateway, waitMs, tool });
        try {
          return report(await carryOut({ logins, companies }, options, tool), options, tool);
        } finally {
          await Promise.all([logins.close(), companies.close()]);
        }
      }),
    );
  } finally {
    await admin.disconnect();
  }
}

interface Published {
  published: number;
}

interface Comparisons {
  logins: LoginComparison;
  companies: CompanyComparison;
}

async function carryOut({ logins, companies }: Comparisons, options: VerifyOptions, tool: Tool): Promise<VerifyResult> {
  const found = { logins: await logins.all(), companies: await companies.all() };
  const resultOf = ({ logins: differences, companies: ofCompanies }: typeof found): VerifyResult => ({
    ...logins.compared,
    differences,
    companies: { ...companies.compared, differences: ofCompanies },
  });
  const stale = {
    logins: found.logins
      .filter(({ kinds }) => !kinds.some(isAhead))
      .map(({ contactId, above, versions }) => ({ contactId, above, existed: versions.gateway !== null })),
    companies: found.companies
      .filter(({ kind }) => kind !== 'topic-ahead')
      .map(({ companyId, versions: { gateway, topic } }) => ({ companyId, above: topic ?? 0, existed: gateway !== null })),
  };
  const count = stale.logins.length + stale.companies.length;
  if (!options.repair || count === 0) return resultOf(found);
  if (!options.json) note(tool, describeComparison(resultOf(found)));
  const what = `${counted(stale.logins.length, 'login')} and ${counted(stale.companies.length, 'company', 'companies')}`;
  await requireYes(tool, `Publish ${what} again, as the gateway has them?`, options.yes);
  const outcome = (published: Published): object => published;
  const { published } = await audited(tool, { name: 'verify-repair', outcome }, () =>
    runTaskOf<Published>({ script: 'gateway/src/repair.js', args: ['republish'], input: stale }, tool),
  );
  const left = {
    logins: await logins.of(found.logins.map(({ contactId }) => contactId)),
    companies: await companies.of(found.companies.map(({ companyId }) => companyId)),
  };
  return { ...resultOf(left), repaired: published };
}

function report(result: VerifyResult, { json }: VerifyOptions, tool: Tool): ExitCode {
  if (json) printJson(tool, result);
  else tool.stdout.write(`${describeComparison(result)}\n`);
  return countDifferences(result) === 0 ? EXIT.done : EXIT.found;
}
