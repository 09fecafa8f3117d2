import { existsSync, mkdirSync, readFileSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { MAVEN } from './causes.mjs';
import { archiveClasses } from './class-archive.mjs';
import { requireJava, requireMaven } from './machine.mjs';
import { run } from './processes.mjs';
import { step } from './screen.mjs';
import { digestOf } from './stamp.mjs';

/** Whether Kafka's jars are installed. */
export const hasBroker = (root) => existsSync(folderOf(root));

/** Fetches Kafka's jars into .cache/kafka, unless they exist. */
export async function fetchBroker(root) {
  requireJava();
  const pom = pomOf(root);
  const folder = folderOf(root);
  if (!hasBroker(root)) {
    requireMaven();
    await step("fetching Kafka's jars, by Maven", "Kafka's jars fetched", () => fetchJars(root, pom, folder));
  }
  turnLink(join(root, '.cache/kafka'), folder);
}

/** Makes Java archive the classes of a broker, unless the archive exists. Silent in the background. */
export const archiveBroker = (root, { isQuiet }) => archiveClasses(root, folderOf(root), { ...requireJava(), isQuiet });

const pomOf = (root) => join(root, 'apps/local/kafka/pom.xml');
const folderOf = (root) => join(root, '.cache', `kafka-${digestOf(readFileSync(pomOf(root))).slice(0, 12)}`);

/** Many small files: Maven's default of five at a time is slow. */
const THREADS = '-Dmaven.artifact.threads=16';

/** The folder has all jars, or does not exist. */
async function fetchJars(root, pom, folder) {
  const draft = `${folder}.new`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true });
  const quiet = ['--batch-mode', '--no-transfer-progress', '--strict-checksums', '-Dstyle.color=never', THREADS];
  const command = ['mvn', ...quiet, '--file', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${join(draft, 'lib')}`];
  const logFile = join(root, '.cache/logs/maven.log');
  await run(command, {
    cwd: draft,
    logFile,
    failure: "Kafka's jars were not fetched.",
    source: MAVEN,
  });
  renameSync(draft, folder);
}

function turnLink(link, folder) {
  if (existsSync(link) && readlinkSync(link) === basename(folder)) return;
  rmSync(`${link}.new`, { force: true });
  symlinkSync(basename(folder), `${link}.new`);
  renameSync(`${link}.new`, link);
}
