import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path/posix';
import { describe, expect, it } from '@jest/globals';
import type { Command } from 'commander';
import { programOf } from '../apps/events/src/program.js';
import { ERRORS } from '../apps/gateway/src/wire/error-codes.js';
import { EVENTS } from '#app/contracts';
import { KNOWN_SETTINGS, SETTINGS_IN_FILES } from '../libs/settings/src/unknown-settings.js';
import type { Tool } from '../apps/events/src/tool.js';
import { FAULTS } from './faults/faults/catalogue.js';
import { anchorsOf, filesOf, linksOf, nodeProgramsOf, npmCommandsOf, settingsOf, type Mention } from './docs.mentions.js';

const IGNORED = ['node_modules', 'dist', '.git', '.cache', '.data', 'libs/contracts/dist'];
const paths = globSync('**/*', { exclude: (path) => IGNORED.includes(path) }).map((path) => path.replaceAll('\\', '/'));
const known = new Set(paths);
const read = (path: string): string => readFileSync(path, 'utf8');
const { scripts: scriptsOf, ...manifest } = JSON.parse(read('package.json')) as Record<string, object>;
const scripts = Object.keys(scriptsOf!);
const libraries = Object.keys({ ...manifest['dependencies'], ...manifest['devDependencies'] });

const documents = globSync(['*.md', 'llms.txt', 'docs/**/*.md', 'libs/*/README.md']).sort();
const texts = new Map(documents.map((document) => [document, read(document)]));
const mentions = (find: (document: string, text: string) => Mention[]): Mention[] =>
  [...texts].flatMap(([document, text]) => find(document, text));
const shown = ({ document, line, text }: Mention): string => `${document}:${line} ${text}`;
const wrong = (found: Mention[], isRight: (mention: Mention) => boolean): string[] =>
  found.filter((mention) => !isRight(mention)).map(shown);

/** What a document says its letters stand for: "`M` is `libs/messaging/src`". */
const foldersOf = (document: string): Map<string, string> =>
  new Map([...texts.get(document)!.matchAll(/`([A-Z])` is `([^`]+)`/g)].map(([, letter, folder]) => [letter!, folder!]));

/** Documents name a built file by its path in dist, a spec without its ending, and other files by a short unique path. */
function exists(name: string, document: string): boolean {
  const [, letter, path] = /^([A-Z])\/(.+)$/.exec(name) ?? [];
  if (letter !== undefined) return known.has(`${foldersOf(document).get(letter)}/${path}`.replace(/\/$/, ''));
  const source = name
    .replace(/^dist\/(.*)\.js$/, '$1.ts')
    .replace(/((?:^|\.)(?:spec|int-spec|e2e-spec|deploy-spec|browser-spec))$/, '$1.ts');
  const bare = source.replace(/\/$/, '');
  return known.has(bare) || paths.some((path) => path.endsWith(`/${bare}`));
}

const isLink = ({ document, text }: Mention): boolean => {
  const [path, anchor] = text.split('#') as [string, string | undefined];
  const target = path ? join(dirname(document), path) : document;
  if (!known.has(target.replace(/\/$/, '')) && target !== '.') return false;
  return anchor === undefined || anchorsOf(read(target)).includes(anchor);
};

/** Files that a command makes, or that belong to another program. */
const FILES_ELSEWHERE = [
  '/openapi.json',
  '/asyncapi.json',
  'schemas/',
  '.data/',
  '.cache/',
  '.data/logs',
  'package-lock.json',
  'recorded.jsonl',
  'events.jsonl',
  'dist/',
];
const isFile = ({ text, document }: Mention): boolean =>
  FILES_ELSEWHERE.includes(text) || libraries.includes(text) || exists(text, document);

const SOURCES_OF: Record<string, string> = {
  token: 'apps/gateway/src/tokens/**/*.ts',
  bench: 'test/bench/**/*.ts',
  faults: 'test/faults/**/*.ts',
  'upgrade-drill': 'test/drills/upgrade/*.ts',
  'restore-drill': 'test/drills/restore/*.ts',
  'alert-drill': 'test/drills/alerts/*.ts',
  release: 'deploy/release/*.mjs',
  fuzz: 'test/fuzz/**/*.ts',
  generators: 'test/generators/*.ts',
  start: 'apps/local/set-up/usage.mjs',
  seed: 'apps/local/src/**/*.ts',
  'test:secured': 'test/secured/*.ts',
};
const program = programOf({ env: {} } as Tool, () => Promise.resolve());

/** The command with this path of words; undefined where a word is no command. */
function commandAt(words: string[]): Command | undefined {
  let command: Command = program;
  for (const word of words) {
    if (command.commands.length === 0 || !/^[a-z]+(-[a-z]+)*$/.test(word)) break;
    const next = command.commands.find((each) => each.name() === word);
    if (!next) return undefined;
    command = next;
  }
  return command;
}

const flagsOf = (words: string): string[] => words.match(/(?<=^|\s)--[a-z][a-z-]*/g) ?? [];

function isEventsCall(args: string): boolean {
  const command = commandAt(args.split(/\s+/).filter((word) => word && !/^(…|COMMAND)$/.test(word)));
  const longs = ['--help', ...(command?.options.map(({ long }) => long) ?? [])];
  return command !== undefined && flagsOf(args).every((flag) => longs.includes(flag));
}

const isNpmCommand = ({ text }: Mention): boolean => {
  const [, script, args] = /^(?:run(?: --silent)? )?([a-z:-]+)(?: -- (.*))?$/.exec(text) ?? [];
  if (!script || !scripts.includes(script)) return false;
  if (!args) return true;
  if (script === 'events') return isEventsCall(args);
  const source = globSync(SOURCES_OF[script] ?? [])
    .map(read)
    .join('\n');
  return flagsOf(args).every((flag) => source.includes(flag) || new RegExp(`\\b${flag.slice(2)}:`).test(source));
};

/** Names in capitals that belong to PostgreSQL, Kafka, Node and Compose, or to one test run. */
const FOREIGN_NAMES = [
  'LC_CTYPE',
  'NOT_ENOUGH_REPLICAS',
  'NODE_EXTRA_CA_CERTS',
  'NODE_IMAGE',
  'POSTGRES_IMAGE',
  'KAFKA_IMAGE',
  'NODE_USE_ENV_PROXY',
  'HTTP_PROXY',
  'NO_PROXY',
  'NODE_OPTIONS',
  'JAVA_TOOL_OPTIONS',
  'NO_COLOR',
  'TEST_ONLY',
];
const sources = globSync('{apps,libs,test}/**/*.{ts,mjs}', { exclude: ['libs/contracts/dist'] });
const namesIn = (files: string[], pattern: RegExp): Set<string> =>
  new Set(files.flatMap((file) => [...read(file).matchAll(pattern)].map((match) => match[1]!)));
/** Settings that a program reads by name; a setting that can come from a file has a second name. */
const programs = sources.filter((path) => !/spec\.ts$|fixtures\.ts$/.test(path));
const settingsRead = namesIn(
  programs,
  /\b(?:read|readSecret|readOrFile|readOptionalOrFile|text|textOrNull|textOrFileOrNull|flag)(?:<[^>]*>)?\(\s*'([A-Z][A-Z0-9_]+)'/g,
);
/** Settings that a program also reads from a file. */
const settingsInFiles = namesIn(
  programs,
  /\b(?:(?:readOrFile|readOptionalOrFile|textOrFileOrNull)(?:<[^>]*>)?\(\s*|readDatabaseUrl\(\s*\w+,\s*)'([A-Z][A-Z0-9_]+)'/g,
);
const isSetting = ({ text }: Mention): boolean =>
  FOREIGN_NAMES.includes(text) || settingsRead.has(text) || settingsRead.has(text.replace(/_FILE$/, ''));

describe('the documents', () => {
  it('when they link to a file or heading of the repository / the target exists', () => {
    expect(wrong(mentions(linksOf), isLink)).toEqual([]);
  });

  it('when they name a file, folder or spec / it exists', () => {
    expect(wrong(mentions(filesOf), isFile)).toEqual([]);
  });

  it('when they call a program by node / its source exists', () => {
    expect(wrong(mentions(nodeProgramsOf), ({ text, document }) => exists(text, document))).toEqual([]);
  });

  it('when they call an npm script / the script, its command and its options exist', () => {
    expect(wrong(mentions(npmCommandsOf), isNpmCommand)).toEqual([]);
  });

  it('when they name a setting / a program reads it', () => {
    expect(wrong(mentions(settingsOf), isSetting)).toEqual([]);
  });

  it('when a program reads a setting / docs/settings.md describes it', () => {
    const described = texts.get('docs/settings.md') ?? '';
    expect([...settingsRead].filter((name) => !described.includes(`\`${name}\``)).sort()).toEqual([]);
  });

  it('when a program reads a setting / the list of known settings has it, and no other', () => {
    expect([...KNOWN_SETTINGS].sort()).toEqual([...settingsRead].sort());
  });

  it('when a setting can be in a file / the list of settings in files has it, and no other', () => {
    expect([...SETTINGS_IN_FILES].sort()).toEqual([...settingsInFiles].sort());
  });

  it('when a setting can be in a file / its row in docs/settings.md says so, by its name or by `…_FILE`', () => {
    const rows = (texts.get('docs/settings.md') ?? '').split('\n').filter((line) => line.startsWith('|'));
    const isTold = (name: string): boolean =>
      rows.some((row) => row.includes(`\`${name}\``) && (row.includes(`\`${name}_FILE\``) || row.includes('`…_FILE`')));
    expect([...settingsInFiles].filter((name) => !isTold(name)).sort()).toEqual([]);
  });

  it('when the fault harness has a fault / docs/faults.md has a row of its number and name', () => {
    const text = texts.get('docs/faults.md') ?? '';
    expect(FAULTS.map(({ number, name }) => `| ${number} | ${name} |`).filter((row) => !text.includes(row))).toEqual([]);
  });

  it('when there is an event / docs/subscribers.md and docs/event-stream.md name it', () => {
    const missing = ['docs/subscribers.md', 'docs/event-stream.md'].flatMap((document) =>
      Object.keys(EVENTS)
        .filter((name) => !texts.get(document)!.includes(name))
        .map((name) => `${document}: ${name}`),
    );
    expect(missing).toEqual([]);
  });

  it('when the events tool has a command / docs/events-cli.md describes it', () => {
    const text = texts.get('docs/events-cli.md') ?? '';
    const names = program.commands.flatMap((command) =>
      command.commands.length === 0 ? [command.name()] : command.commands.map((each) => `${command.name()} ${each.name()}`),
    );
    expect(names.filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
  });

  it('when an app answers with an error code / docs/errors.md has it with its status, and no other', () => {
    const made = globSync('{apps/auth,libs/http}/src/**/*.ts')
      .filter((path) => !path.endsWith('spec.ts'))
      .flatMap((path) => [...read(path).matchAll(/(?:new ApiError\((\d{3}), |unavailable\()'(\w+)'/g)])
      .map(([, status = '503', code]) => `${code} ${status}`);
    const answered = new Set([...Object.entries(ERRORS).map(([code, { status }]) => `${code} ${status}`), ...made]);
    const rows = [...(texts.get('docs/errors.md') ?? '').matchAll(/^\| (`\w+`(?:, `\w+`)*) \| (\d{3}) \|/gm)];
    const listed = rows.flatMap(([, codes, status]) => codes!.split(', ').map((code) => `${code.slice(1, -1)} ${status}`));
    expect(listed.sort()).toEqual([...answered].sort());
  });

  it('when decisions are counted / their numbers have no hole', () => {
    const numbers = globSync('docs/decisions/*.md').map((path) => Number(/(\d{4})-/.exec(path)?.[1]));
    expect(numbers.sort((one, other) => one - other)).toEqual(numbers.map((_, index) => index + 1));
  });
});

describe('the rules for documents', () => {
  it.each([
    ['a link', linksOf, isLink, 'see [it](apps/gateway/src/no-such-file.ts)'],
    ['an anchor', linksOf, isLink, 'see [it](README.md#no-such-heading)'],
    ['a file', filesOf, isFile, 'see `contacts/no-such-file.ts`'],
    ['a spec', filesOf, isFile, 'tried by `no-such.e2e-spec`'],
    ['a script', npmCommandsOf, isNpmCommand, '`npm run no-such-script`'],
    ['a command of the events tool', npmCommandsOf, isNpmCommand, '`npm run events -- no-such-command`'],
    ['an option of the events tool', npmCommandsOf, isNpmCommand, '`npm run events -- tail --no-such-option`'],
    ['an option of another tool', npmCommandsOf, isNpmCommand, '`npm run faults -- --no-such-option 1`'],
    ['a setting', settingsOf, isSetting, 'set `NO_SUCH_SETTING` to `true`'],
  ])('when %s is wrong / the rule finds it', (_, find, isRight, planted) => {
    expect(wrong(find('README.md', planted), isRight)).toHaveLength(1);
  });
});
