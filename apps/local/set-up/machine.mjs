import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SetUpFailed } from './failure.mjs';

const NODE_MAJOR = 20;
const JAVA_MAJOR = 17;

/** @throws {SetUpFailed} if this Node or this system is not supported */
export function requireNode() {
  if (process.platform === 'win32') throw new SetUpFailed('This runs on Linux and macOS. On Windows, use WSL.');
  if (Number.parseInt(process.versions.node, 10) < NODE_MAJOR)
    throw new SetUpFailed(`Node ${NODE_MAJOR} or later is needed, this is ${process.versions.node}: see https://nodejs.org.`);
}

/**
 * The Java that runs the broker: that of JAVA_HOME, else the one on the path.
 * @throws {SetUpFailed} if there is none, or it is too old
 */
export function requireJava() {
  const ofHome = process.env.JAVA_HOME && join(process.env.JAVA_HOME, 'bin', 'java');
  const program = ofHome && existsSync(ofHome) ? ofHome : 'java';
  const { error, status, stderr } = spawnSync(program, ['-version'], { encoding: 'utf8' });
  const install = `Install a JDK or JRE ${JAVA_MAJOR} or later (for instance "apt install openjdk-17-jre-headless", or https://adoptium.net), or set KAFKA_BROKERS to a broker of your own.`;
  if (error || status !== 0)
    throw new SetUpFailed(`Java is needed for the embedded Kafka, and "${program}" does not run. ${install}`);
  const major = Number(/version "(?:1\.)?(\d+)/.exec(stderr)?.[1]);
  if (!(major >= JAVA_MAJOR))
    throw new SetUpFailed(
      `Java ${JAVA_MAJOR} or later is needed for the embedded Kafka, "${program}" is ${major || 'unknown'}. ${install}`,
    );
  return { program, version: stderr.trim() };
}

/** @throws {SetUpFailed} if there is no Maven */
export function requireMaven() {
  if (spawnSync('mvn', ['--version'], { stdio: 'ignore' }).error)
    throw new SetUpFailed(
      'Maven is needed to fetch the embedded Kafka, and "mvn" is not on the path. Install it (for instance "apt install maven", or https://maven.apache.org), or set KAFKA_BROKERS to a broker of your own.',
    );
}
