// Makes a release: notes from the commits, versions, software bill of materials, packages, image labels, checksums, commit and tag.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { notesOf, released } from './notes.mjs';

const HELP = `npm run release -- --version <x.y.z> [--since <commit>] [--dry-run]

Makes a release of the commit that is checked out: dist/release/<version>/ with notes, bill of materials (CycloneDX), the packages, the source, the labels of
the image and SHA256SUMS. Then it writes CHANGELOG.md, package.json, package-lock.json and Chart.yaml, commits them and sets a tag. It pushes nothing.

  --version <x.y.z>   the release; a breaking change of a contract needs a new major version
  --since <commit>    the release before it, where the history has no tag of one
  --dry-run           makes the folder and prints the notes; changes no file of the repository, commits nothing
  --help              this`;

const root = join(import.meta.dirname, '../..');
const run = (program, ...args) => execFileSync(program, args, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 28 }).trim();
const git = (...args) => run('git', ...args);
const say = (line) => console.log(line);

function main() {
  const values = readOptions();
  const { version, 'dry-run': isDry = false } = values;
  if (values.help) return say(HELP);
  if (!/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/.test(version ?? '')) fail(`Name the release by --version 1.1.0.\n\n${HELP}`);
  const since = values.since ?? lastTag();
  if (!isCommit(since)) fail(`${since} of --since is no commit of this history.`);
  if (!isDry && git('status', '--porcelain') !== '') fail('There are uncommitted changes. Commit them, or use --dry-run.');
  if (git('tag', '--list', version) !== '') fail(`There is a tag ${version}: choose another version.`);

  say(`Release ${version}, after ${since}`);
  const revision = git('rev-parse', 'HEAD');
  const notes = notesOf(commitsSince(since));
  const folder = join(root, 'dist/release', version);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'notes.md'), `# ${version}\n\n${notes}\n`);
  makeArtifacts(folder, { version, revision });
  for (const name of readdirSync(folder).sort()) say(`  dist/release/${version}/${name}`);
  if (isDry) return say(`\n${notes}\n\nDry run: nothing was changed, committed or tagged. Without --dry-run it is done.`);
  writeVersions(version, notes);
  git('commit', '--quiet', '--all', '--message', `build(release): ${version}`);
  git('tag', '--annotate', version, '--message', version);
  say(`\nCommitted and tagged. Next:
  git push --follow-tags
  docker build ${imageArguments({ version, revision: git('rev-parse', 'HEAD') }).join(' ')} --tag contact-sync:${version} .
  npm publish dist/release/${version}/contact-sync-contracts-*.tgz      # where its version is new; so the client's`);
}

function readOptions() {
  const text = { type: 'string' };
  const flag = { type: 'boolean' };
  try {
    return parseArgs({ options: { version: text, since: text, 'dry-run': flag, help: flag } }).values;
  } catch (error) {
    return fail(`${error.message}\n\n${HELP}`);
  }
}

/** The commits up to the last release, in the order of the history. */
function commitsSince(release) {
  const text = git('log', '--reverse', '--format=%h%x1f%s%x1f%b%x1e', `${release}..HEAD`);
  return text
    .split('\x1e')
    .filter((entry) => entry.trim() !== '')
    .map((entry) => {
      const [hash, subject, body] = entry.trim().split('\x1f');
      return { hash, subject, body };
    });
}

const isCommit = (name) => spawnSync('git', ['rev-parse', '--quiet', '--verify', `${name}^{commit}`], { cwd: root }).status === 0;

function lastTag() {
  try {
    return git('describe', '--tags', '--abbrev=0', '--match', '[0-9]*');
  } catch {
    return fail(
      'The history has no tag of a release: fetch the tags (git fetch --tags), or name the commit of the last release by --since (CHANGELOG.md has it).',
    );
  }
}

function makeArtifacts(folder, { version, revision }) {
  say('bill of materials …');
  writeFileSync(
    join(folder, 'sbom.cdx.json'),
    run('npm', 'sbom', '--sbom-format', 'cyclonedx', '--omit', 'dev', '--package-lock-only'),
  );
  say('packages …');
  for (const name of ['contracts', 'client']) run('npm', 'pack', `./libs/${name}`, '--pack-destination', folder, '--silent');
  packChart(folder, version);
  git(
    'archive',
    '--format=tar.gz',
    `--prefix=contact-sync-${version}/`,
    `--output=${join(folder, `contact-sync-${version}-source.tar.gz`)}`,
    revision,
  );
  writeFileSync(join(folder, 'image-arguments.txt'), `${imageArguments({ version, revision }).join('\n')}\n`);
  const sums = readdirSync(folder)
    .sort()
    .map(
      (name) =>
        `${createHash('sha256')
          .update(readFileSync(join(folder, name)))
          .digest('hex')}  ${name}`,
    );
  writeFileSync(join(folder, 'SHA256SUMS'), `${sums.join('\n')}\n`);
}

function packChart(folder, version) {
  const chart = ['package', 'deploy/helm/contact-sync', '--version', version, '--app-version', version, '--destination', folder];
  const { error, status, stderr } = spawnSync('helm', chart, { cwd: root, encoding: 'utf8' });
  if (error) say('  helm is not on the path: the chart is not packed (deploy/tools.sh fetches it).');
  else if (status !== 0) fail(`helm package: ${stderr}`);
}

const imageArguments = ({ version, revision }) => ['--build-arg', `VERSION=${version}`, '--build-arg', `REVISION=${revision}`];

function writeVersions(version, notes) {
  const change = (file, work) => writeFileSync(join(root, file), work(readFileSync(join(root, file), 'utf8')));
  const date = new Date().toISOString().slice(0, 10);
  change('CHANGELOG.md', (text) => released(text, { version, date, notes }));
  change('deploy/helm/contact-sync/Chart.yaml', (text) => text.replaceAll(/^((?:appV|v)ersion): .*$/gm, `$1: ${version}`));
  run('npm', 'version', version, '--no-git-tag-version', '--allow-same-version');
}

function fail(message) {
  console.error(message);
  process.exit(1);
}

main();
