import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const POM = resolve('test/kafka-tools/pom.xml');

/** Fetches Kafka Connect and the sink, unless they are here. @returns their class path */
function connectClassPath(): string {
  const digest = createHash('sha256').update(readFileSync(POM)).digest('hex').slice(0, 12);
  const folder = resolve('.cache', `kafka-connect-${digest}`);
  if (existsSync(folder)) return join(folder, '*');
  const draft = `${folder}.new`;
  rmSync(draft, { recursive: true, force: true });
  const quiet = ['--batch-mode', '--no-transfer-progress', '--quiet', '-Dmaven.artifact.threads=16'];
  const copy = ['--file', POM, 'dependency:copy-dependencies', `-DoutputDirectory=${draft}`];
  const { status, stdout } = spawnSync('mvn', [...quiet, ...copy], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`Kafka Connect was not fetched: ${stdout}`);
  renameSync(draft, folder);
  return join(folder, '*');
}

/** Puts a `connect-standalone.sh` into a folder, which does what that of Kafka's download does. */
export function writeConnectScript(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const script = join(folder, 'connect-standalone.sh');
  const program = 'org.apache.kafka.connect.cli.ConnectStandalone';
  writeFileSync(script, `#!/bin/sh\nexec java -Xmx384m -XX:TieredStopAtLevel=1 -cp '${connectClassPath()}' ${program} "$@"\n`);
  chmodSync(script, 0o755);
}

/** Runs a command of the page until it is stopped; its output goes to a file. */
export function runInBackground(command: string, { folder, path }: { folder: string; path: string }): ChildProcess {
  const log = openSync(join(folder, 'connect.log'), 'a');
  return spawn('bash', ['-c', `exec ${command.trim()}`], {
    cwd: folder,
    env: { ...process.env, PATH: `${path}:${process.env['PATH']}` },
    stdio: ['ignore', log, log],
  });
}
