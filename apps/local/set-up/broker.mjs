import { existsSync, mkdirSync, readFileSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { archiveClasses } from './class-archive.mjs';
import { requireJava, requireMaven } from './machine.mjs';
import { run } from './processes.mjs';
import { step } from './screen.mjs';
import { digestOf } from './stamp.mjs';

/** Fetches Kafka's jars into .cache/kafka, unless they are there, and has Java archive their classes. */
export async function fetchBroker(root) {
  const java = requireJava();
  const pom = join(root, 'apps/local/kafka/pom.xml');
  const folder = join(root, '.cache', `kafka-${digestOf(readFileSync(pom)).slice(0, 12)}`);
  if (!existsSync(folder)) {
    requireMaven();
    await step("fetching Kafka's jars, by Maven", "Kafka's jars fetched", () => fetchJars(root, pom, folder));
  }
  turnLink(join(root, '.cache/kafka'), folder);
  await archiveClasses(root, folder, java);
}

/** The folder is there with all jars, or not at all. */
async function fetchJars(root, pom, folder) {
  const draft = `${folder}.new`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true });
  const quiet = ['--batch-mode', '--no-transfer-progress', '--strict-checksums', '-Dstyle.color=never'];
  const command = ['mvn', ...quiet, '--file', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${join(draft, 'lib')}`];
  const logFile = join(root, '.cache/logs/maven.log');
  await run(command, {
    cwd: draft,
    logFile,
    failure: 'Kafka was not fetched. Is Maven Central, or the mirror in ~/.m2/settings.xml, within reach? Then start again.',
  });
  renameSync(draft, folder);
}

function turnLink(link, folder) {
  if (existsSync(link) && readlinkSync(link) === basename(folder)) return;
  rmSync(`${link}.new`, { force: true });
  symlinkSync(basename(folder), `${link}.new`);
  renameSync(`${link}.new`, link);
}
