import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
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
  const digest = digestOf(java.program, java.version, 'a class path without folders');
  if (isStamped(stampFile, digest) && existsSync(archive)) return;
  const trial = join(folder, 'trial');
  rmSync(trial, { recursive: true, force: true });
  mkdirSync(trial);
  const work = () => tryOut(root, trial, isQuiet ? ['nice', java.program] : [java.program]);
  await (isQuiet ? work() : step("archiving Kafka's classes, for quick starts", "Kafka's classes archived", work));
  renameSync(join(trial, 'classes.jsa'), archive);
  rmSync(trial, { recursive: true });
  stamp(stampFile, digest);
}

async function tryOut(root, trial, java) {
  writeFileSync(join(trial, 'server.properties'), await serverProperties());
  writeFileSync(join(trial, 'log4j2.properties'), LOGGING);
  symlinkSync(join(trial, '..'), join(trial, 'jars'));
  // Class path and flags are those of libs/system/src/servers/kafka-java.ts: with others the archive would not fit.
  const jars = readdirSync(join(trial, 'jars/lib')).filter((file) => file.endsWith('.jar'));
  const classPath = jars.sort().map((jar) => `jars/lib/${jar}`);
  const flags = ['-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Dlog4j2.configurationFile=log4j2.properties'];
  const options = {
    cwd: trial,
    logFile: join(root, '.cache/logs/class-archive.log'),
    failure: 'A broker did not start for a trial.',
  };
  const program = (...args) => [...java, ...flags, '-cp', classPath.join(':'), ...args];
  await run(
    program('kafka.tools.StorageTool', 'format', '-t', 'AAAAAAAAAAAAAAAAAAAAAQ', '-c', 'server.properties', '--standalone'),
    options,
  );
  const command = program('kafka.Kafka', 'server.properties');
  command.splice(java.length, 0, '-XX:ArchiveClassesAtExit=classes.jsa');
  await run(command, { ...options, stopWhen: 'Kafka Server started' });
}

async function serverProperties() {
  const [port, controllerPort] = [await freePort(), await freePort()];
  return `process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:${controllerPort}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}
log.dirs=data
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
