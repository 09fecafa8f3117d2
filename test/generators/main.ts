import { Command, Option } from 'commander';
import { documentOf, type ApiDocument } from './document.js';
import { GENERATORS } from './generators.js';
import { tryGenerator, type Trial } from './try-generator.js';

interface Options {
  document: ApiDocument;
  only?: string[];
}

const DOCUMENT = 'docs/openapi.json';

const command = new Command('npm run generators --')
  .description('Makes clients of the OpenAPI document by four generators, looks for every operation in them, and compiles them.')
  .addOption(
    new Option('--document <file>', 'the document').argParser(documentOf).default(documentOf(DOCUMENT), JSON.stringify(DOCUMENT)),
  )
  .addOption(new Option('--only <names...>', 'some of them').choices(GENERATORS.map(({ name }) => name.replace(/.* /, ''))))
  .addHelpText(
    'after',
    '\nNeeds Python 3.10, Java 17, Maven and Go. Fetches the generators into .cache once. Ends with 1 where one fails.',
  );

function shown({ name, missing, failure, ms }: Trial, count: number): string {
  const line = `${name.padEnd(24)} ${count - missing.length} of ${count} operations, ${failure ? 'FAILED' : 'compiles'}, ${(ms / 1_000).toFixed(1)} s`;
  return [line, ...missing.map((id) => `  without ${id}`), ...(failure ? [failure] : [])].join('\n');
}

const { document, only } = command.parse().opts<Options>();
const { path, operationIds: ids } = document;
for (const generator of GENERATORS.filter(({ name }) => !only || only.some((one) => name.endsWith(one)))) {
  const trial = await tryGenerator(generator, path, ids);
  console.log(shown(trial, ids.length));
  if (trial.failure !== undefined || trial.missing.length > 0) process.exitCode = 1;
}
