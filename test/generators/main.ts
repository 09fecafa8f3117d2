import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { GENERATORS } from './generators.js';
import { tryGenerator, type Trial } from './try-generator.js';

interface Options {
  document: string;
  only?: string[];
}

const command = new Command('npm run generators --')
  .description('Makes clients of the OpenAPI document by four generators, looks for every operation in them, and compiles them.')
  .option('--document <file>', 'the document', 'docs/openapi.json')
  .addOption(new Option('--only <names...>', 'some of them').choices(GENERATORS.map(({ name }) => name.replace(/.* /, ''))))
  .addHelpText(
    'after',
    '\nNeeds Python 3.10, Java 17, Maven and Go. Fetches the generators into .cache once. Ends with 1 where one fails.',
  );

function operationIds(document: string): string[] {
  const { paths } = JSON.parse(readFileSync(document, 'utf8')) as {
    paths: Record<string, Record<string, { operationId: string }>>;
  };
  return Object.values(paths).flatMap((item) => Object.values(item).map(({ operationId }) => operationId));
}

function shown({ name, missing, failure, ms }: Trial, count: number): string {
  const line = `${name.padEnd(24)} ${count - missing.length} of ${count} operations, ${failure ? 'FAILED' : 'compiles'}, ${(ms / 1_000).toFixed(1)} s`;
  return [line, ...missing.map((id) => `  without ${id}`), ...(failure ? [failure] : [])].join('\n');
}

const { document, only } = command.parse().opts<Options>();
const ids = operationIds(document);
for (const generator of GENERATORS.filter(({ name }) => !only || only.some((one) => name.endsWith(one)))) {
  const trial = await tryGenerator(generator, resolve(document), ids);
  console.log(shown(trial, ids.length));
  if (trial.failure !== undefined || trial.missing.length > 0) process.exitCode = 1;
}
