import { Logger } from '@nestjs/common';
import { runInFolder, type ProcessHost } from '#app/system';
import { table } from '#app/terminal';
import { NotTried, PARTS, type Check, type Part } from './check.js';
import { CHECKS } from './checks.js';
import { securedCommand, type Options } from './options.js';
import { SecuredSystem } from './secured-system.js';

interface Result {
  part: Part;
  check: Check;
  outcome: 'holds' | 'FAILS' | 'not tried';
  seconds: number;
  remark: string;
}

// The product's clients log what is refused, which most checks want.
Logger.overrideLogger(false);

const began = performance.now();
const say = (line: string): void => console.error(`${((performance.now() - began) / 1_000).toFixed(1).padStart(6)} s  ${line}`);

async function run({ only, seconds }: Options, host: ProcessHost): Promise<number> {
  const secured = await SecuredSystem.start(host, { seconds, say });
  const results: Result[] = [];
  try {
    for (const part of PARTS.filter((each) => only.includes(each)))
      for (const check of CHECKS[part]) {
        const result = await tried(part, check, secured);
        say(`${result.outcome.padEnd(10)}${part}: ${check.name}${result.outcome === 'holds' ? '' : ` — ${result.remark}`}`);
        results.push(result);
      }
  } finally {
    await secured.close();
  }
  console.log(report(results));
  return results.some(({ outcome }) => outcome === 'FAILS') ? 1 : 0;
}

async function tried(part: Part, check: Check, secured: SecuredSystem): Promise<Result> {
  const since = performance.now();
  const ended = (outcome: Result['outcome'], remark: string): Result => ({
    part,
    check,
    outcome,
    seconds: (performance.now() - since) / 1_000,
    remark,
  });
  try {
    return ended('holds', (await check.run(secured)) ?? '');
  } catch (error) {
    const { message } = error as Error;
    return ended(error instanceof NotTried ? 'not tried' : 'FAILS', message);
  }
}

function report(results: readonly Result[]): string {
  const rows = results.map(({ part, check, outcome, seconds, remark }) => [
    part,
    check.name,
    outcome,
    seconds.toFixed(1),
    remark.replaceAll(/\s+/g, ' ').slice(0, 160),
  ]);
  const count = (outcome: Result['outcome']): number => results.filter((each) => each.outcome === outcome).length;
  return `${table([['part', 'check', 'outcome', 's', 'remark'], ...rows])}\n\n${count('holds')} hold, ${count('FAILS')} fail, ${count('not tried')} not tried`;
}

const command = securedCommand().parse();
const options = command.opts<Options>();
if (options.list) for (const part of PARTS) console.log(`${part}\n${CHECKS[part].map(({ name }) => `  ${name}`).join('\n')}`);
else process.exit(await runInFolder('secured', (host) => run(options, host)));
