import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { run } from './processes.mjs';
import { step } from './screen.mjs';
import { digestOf, isStamped, stamp } from './stamp.mjs';

/**
 * Makes Java archive the classes that a broker loads, by starting one and stopping it: every later start takes half the time
 * (4.2 s to 2.1 s on two cores). Java checks that the archive fits these jars and this Java, and else ignores it.
 */
export async function archiveClasses(root, folder, { isQuiet, ...java }) {
  const [archive, stampFile] = [join(folder, 'classes.jsa'), join(folder, 'classes.stamp')];
  const digest = digestOf(java.program, java.version, folder);
  if (isStamped(stampFile, digest) && existsSync(archive)) return;
  const trial = join(folder, 'trial');
  rmSync(trial, { recursive: true, force: true });
  mkdirSync(trial);
  const draft = join(trial, 'classes.jsa');
  const work = () => tryOut(root, trial, draft, isQuiet ? ['nice', java.program] : [java.program]);
  await (isQuiet ? work() : step("archiving Kafka's classes, for quick starts", "Kafka's classes archived", work));
  renameSync(draft, archive);
  rmSync(trial, { recursive: true });
  stamp(stampFile, digest);
}

async function tryOut(root, trial, archive, java) {
  const settings = join(trial, 'server.properties');
  writeFileSync(settings, await serverProperties(trial));
  writeFileSync(join(trial, 'log4j2.properties'), LOGGING);
  const lib = join(trial, '../lib');
  // Class path and flags are those of libs/system/src/servers/kafka-java.ts: with others the archive would not fit.
  const classPath = readdirSync(lib).filter((file) => file.endsWith('.jar')).sort().map((jar) => join(lib, jar)); // prettier-ignore
  const flags = [
    '-Xmx512m',
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    `-Dlog4j2.configurationFile=${join(trial, 'log4j2.properties')}`,
  ];
  const options = {
    cwd: trial,
    logFile: join(root, '.cache/logs/class-archive.log'),
    failure: 'A broker did not start for a trial.',
  };
  const program = (...args) => [...java, ...flags, '-cp', classPath.join(':'), ...args];
  await run(
    program('kafka.tools.StorageTool', 'format', '-t', 'AAAAAAAAAAAAAAAAAAAAAQ', '-c', settings, '--standalone'),
    options,
  );
  const command = program('kafka.Kafka', settings);
  command.splice(java.length, 0, `-XX:ArchiveClassesAtExit=${archive}`);
  await run(command, { ...options, stopWhen: 'Kafka Server started' });
}

async function serverProperties(trial) {
  const [port, controllerPort] = [await freePort(), await freePort()];
  return `process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:${controllerPort}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}
log.dirs=${join(trial, 'data')}
`;
}

const LOGGING = `appender.out.type=Console
appender.out.name=out
appender.out.layout.type=PatternLayout
rootLogger.level=info
rootLogger.appenderRef.out.ref=out
`;

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
