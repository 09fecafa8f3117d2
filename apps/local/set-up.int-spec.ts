import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, describe, expect, it } from '@jest/globals';
import { eventually } from '#app/system/testing';
import { SetUpTrial } from './set-up.fixtures.js';

/** Tests of one block run at the same time, each with a folder of its own. */
const inTrial = (run: (trial: SetUpTrial) => Promise<void>) => async (): Promise<void> => {
  const trial = new SetUpTrial();
  try {
    await run(trial);
  } finally {
    trial.end();
  }
};
const test = (title: string, run: (trial: SetUpTrial) => Promise<void>): void => it.concurrent(title, inTrial(run));

/** Make a program wait, except for questions about its version or a setting: a minute, or until the file `go` is there. */
const WAIT = 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0';
const IS_WORK = `!/--version|config list/.test(process.argv.join(' '))`;
const LASTS = `if (${IS_WORK}) ${WAIT}, 60_000);`;
const WAITS = `while (${IS_WORK} && !fs.existsSync(root + '/go')) ${WAIT}, 20);`;
const GO = `process.getBuiltinModule('node:fs').writeFileSync('go', '');`;
const began = (trial: SetUpTrial, program: string) =>
  eventually(() => expect(trial.calls()).toContain(program), { everyMs: 20, timeoutMs: 30_000 });

describe('a first set-up', () => {
  test('when nothing is installed / installs, fetches the broker, builds, and hands over', async (trial) => {
    const { code, said } = await trial.run();
    expect(said).toContain('the local run begins');
    expect(code).toBe(0);
    expect(trial.calls().sort()).toEqual(['mvn', 'npm']);
  });

  const RUN = ['node_modules/one', 'node_modules/other-system'];
  const TRACING = 'node_modules/@opentelemetry/resources';
  const foldersOf = (trial: SetUpTrial) => Object.keys(trial.installed()).sort();

  test('when it is for a run / leaves out development packages and those of tracing, which npm run check adds', async (trial) => {
    await trial.run();
    expect(foldersOf(trial)).toEqual(RUN);
    expect((await trial.run({}, 'develop')).code).toBe(0);
    const helper = 'node_modules/tester/node_modules/@made/helper';
    expect(foldersOf(trial)).toEqual([TRACING, ...RUN, 'node_modules/tester', helper].sort());
  });

  test('when a package has an install script that package.json allows / it runs once, and again where a set-up ended before it', async (trial) => {
    trial.write('package.json', '{"allowScripts":{"one":true,"other-system":false}}');
    trial.provide(
      'npm',
      `if (process.argv[2] !== 'config')
        for (const name of ['one', 'other-system']) {
          fs.mkdirSync('node_modules/' + name, { recursive: true });
          fs.writeFileSync('node_modules/' + name + '/package.json', '{"scripts":{"postinstall":"echo it ran >> ran"}}');
        }`,
    );
    const ran = () => trial.read('node_modules/one/ran').split('\n').length - 1;
    await trial.run();
    expect(ran()).toBe(1);
    trial.calls();
    await trial.run();
    expect(ran()).toBe(1);
    trial.remove('node_modules/one/.scripts-done');
    await trial.run();
    expect(ran()).toBe(2);
    expect(trial.calls()).toEqual([]);
    expect(trial.exists('node_modules/other-system/ran')).toBe(false);
  });

  test('when traces are to be sent / installs what sends them, and adds it to an earlier run', async (trial) => {
    await trial.run();
    expect((await trial.run({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://localhost:4318' })).code).toBe(0);
    expect(foldersOf(trial)).toContain(TRACING);
    trial.calls();
    expect((await trial.run()).code).toBe(0);
    expect(trial.calls()).toEqual([]);
  });

  test('when npm names registries / each package has its address, so that npm asks for no lists of versions', async (trial) => {
    trial.provide(
      'npm',
      `if (process.argv[2] === 'config') {
        console.log(JSON.stringify({ registry: 'https://one.example/npm', '@made:registry': 'https://own.example/' }));
        process.exit();
      }`,
    );
    expect((await trial.run({}, 'develop')).code).toBe(0);
    expect(trial.installed()).toMatchObject({
      'node_modules/one': { resolved: 'https://one.example/npm/one/-/one-1.0.0.tgz' },
      'node_modules/tester/node_modules/@made/helper': { resolved: 'https://own.example/@made/helper/-/helper-1.0.0.tgz' },
    });
  });

  test('when a registry has packages at other addresses / npm asks for them', async (trial) => {
    trial.provide(
      'npm',
      `if (process.argv[2] === 'config') console.log('{"registry":"https://one.example/"}'), process.exit();
      if (/one\\.example/.test(fs.readFileSync('package-lock.json', 'utf8'))) console.error('npm error code E404'), process.exit(1);`,
    );
    expect((await trial.run()).code).toBe(0);
    expect(trial.installed()['node_modules/one']?.resolved).toBeUndefined();
  });

  test('when the broker is still being fetched / the local run begins', async (trial) => {
    trial.provide('mvn', WAITS);
    trial.write('apps/local/src/main.ts', `console.log('the local run begins'); ${GO}`);
    const { said } = await trial.run();
    expect(said.indexOf('the local run begins')).toBeLessThan(said.indexOf("Kafka's jars fetched"));
  });

  test('when a file cannot be built / says which', async (trial) => {
    trial.write('apps/local/src/broken.ts', 'const = 1;');
    const { code, said } = await trial.run();
    expect(said).toMatch(/The build failed[^]*broken\.ts/);
    expect(code).toBe(1);
  });

  for (const runner of ['/opt/pnpm/bin/pnpm.cjs', '/opt/yarn/lib/cli.js', '/opt/bun'])
    test(`when ${runner} runs it / npm installs`, async (trial) => {
      expect((await trial.run({ npm_execpath: runner })).code).toBe(0);
      expect(trial.calls()).toContain('npm');
    });

  test('when a broker of its own is named / needs neither Java nor Maven', async (trial) => {
    for (const program of ['java', 'mvn']) trial.remove(`bin/${program}`);
    expect((await trial.run({ KAFKA_BROKERS: 'kafka:9092' })).code).toBe(0);
    expect(trial.calls().sort()).toEqual(['npm']);
  });
});

describe('a question about a command', () => {
  it.concurrent.each(['start', 'stop', 'status', 'reset'])(
    'when %s is called with --help / prints its use and does nothing',
    (command) =>
      inTrial(async (trial) => {
        const { code, said } = await trial.run({}, [command, '--help']);
        expect({ code, said }).toEqual({ code: 0, said: expect.stringMatching(new RegExp(`^npm (run )?${command}`)) });
        expect(trial.calls()).toEqual([]);
      })(),
  );

  test('when an option is unknown / names it and the known ones, and does nothing', async (trial) => {
    const { code, said } = await trial.run({}, ['start', '--emphemeral']);
    expect(code).toBe(1);
    expect(said).toMatch(/start has no option --emphemeral[^]*--ephemeral/);
    expect(trial.calls()).toEqual([]);
  });

  test('when a script misspells an option / its standard output stays empty', async (trial) => {
    const child = trial.begin({}, ['status', '--jsn']);
    let printed = '';
    child.stdout!.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    const { code, said } = await child.end;
    expect({ code, printed }).toEqual({ code: 1, printed: '' });
    expect(said).toContain('status has no option --jsn.');
  });

  test('when npm took the option for its own / the local run gets it', async (trial) => {
    trial.write('apps/local/src/main.ts', 'console.log(process.argv.slice(2));');
    expect((await trial.run({ npm_config_ephemeral: 'true' })).said).toContain("[ '--ephemeral' ]");
  });

  test('when npm is told never to ask / the command still asks', async (trial) => {
    trial.write('apps/local/src/reset.ts', 'console.log(process.argv.slice(2));');
    expect((await trial.run({ npm_config_yes: 'true' }, ['reset'])).said).toContain('[]');
    expect((await trial.run({}, ['reset', '--yes'])).said).toContain("[ '--yes' ]");
  });

  test('when npm took --no-follow for its own / the tool for events gets it', async (trial) => {
    trial.write('apps/local/src/events.ts', 'console.log(process.argv.slice(2));');
    expect((await trial.run({ npm_config_follow: '' }, ['events', 'tail'])).said).toContain("[ 'tail', '--no-follow' ]");
    expect((await trial.run({}, ['events', 'tail'])).said).toContain("[ 'tail' ]");
  });

  test('when a command prints JSON for scripts / its own steps are not among it', async (trial) => {
    for (const name of ['status', 'events', 'token']) {
      trial.write(`apps/local/src/${name}.ts`, `console.log('{"is":"${name}"}');`);
      const child = trial.begin({}, [name, '--json']);
      let printed = '';
      child.stdout!.on('data', (chunk: Buffer) => (printed += chunk.toString()));
      const { code, said } = await child.end;
      expect({ code, printed }).toEqual({ code: 0, printed: `{"is":"${name}"}\n` });
      expect(said).toContain('✓ Built');
    }
  });

  test('when a program for scripts follows prepare / the steps are not among its output', async (trial) => {
    const child = trial.begin({}, 'prepare');
    let printed = '';
    child.stdout!.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    const { code, said } = await child.end;
    expect({ code, printed }).toEqual({ code: 0, printed: '' });
    expect(said).toContain('✓ Built');
  });
});

describe('a later set-up', () => {
  let firstEnd: Promise<unknown> | undefined;
  const first = new SetUpTrial();
  afterAll(() => first.end());

  /** A test in a folder that is set up. */
  const afterFirst = (run: (trial: SetUpTrial) => Promise<void>) =>
    inTrial(async (trial) => {
      await (firstEnd ??= first.run());
      trial.takeOver(first);
      await run(trial);
    });
  const test = (title: string, run: (trial: SetUpTrial) => Promise<void>): void => it.concurrent(title, afterFirst(run));

  test('when nothing has changed / calls no program, so uses no network', async (trial) => {
    const { code, said } = await trial.run();
    expect({ code, said }).toEqual({ code: 0, said: 'the local run begins\n' });
    expect(trial.calls()).toEqual([]);
  });

  test('when Maven is gone / needs none', async (trial) => {
    trial.remove('bin/mvn');
    expect((await trial.run()).code).toBe(0);
  });

  it.concurrent.each([
    [
      'the lockfile names another version',
      'package-lock.json',
      '{"packages":{"":{"dependencies":{"one":"1.0.1"}},"node_modules/one":{"version":"1.0.1"}}}',
      ['building', 'npm'],
    ],
    ['a source has changed', 'apps/local/src/main.ts', '// another source', ['building']],
    ['a source has come', 'libs/new/src/index.ts', '', ['building']],
    ['a source has come to a folder that tsconfig.build.json names', 'test/tools/main.ts', '', ['building']],
    ['a test has changed', 'apps/local/src/main.spec.ts', '', []],
    ["the broker's version has changed", 'apps/local/kafka/pom.xml', '<project/>', ['mvn']],
    ['the mark of the build is damaged', 'dist/.set-up', 'x', ['building']],
  ])('when %s / repeats only that step', (_what, file, content, done) =>
    afterFirst(async (trial) => {
      trial.write(file, content);
      const { code, said } = await trial.run();
      expect(code).toBe(0);
      expect([...trial.calls(), ...(said.includes('building') ? ['building'] : [])].sort()).toEqual(done);
    })(),
  );

  test('when the installation is damaged / installs again', async (trial) => {
    trial.write('node_modules/.package-lock.json', '{');
    expect((await trial.run()).code).toBe(0);
    expect(trial.calls()).toEqual(['npm']);
  });

  test('when the Node of the packages is gone / links it again', async (trial) => {
    trial.remove('node_modules/.bin/node');
    expect((await trial.run()).code).toBe(0);
    expect(trial.exists('node_modules/.bin/node')).toBe(true);
  });

  test('when a source is deleted / its build is deleted too', async (trial) => {
    trial.write('dist/apps/local/src/gone.js', '');
    trial.write('apps/local/src/main.ts', '// another source');
    await trial.run();
    expect(trial.exists('dist/apps/local/src/gone.js')).toBe(false);
    expect(trial.exists('dist/apps/local/src/main.js')).toBe(true);
  });
});

describe('a failed set-up', () => {
  it.concurrent.each([
    ['Java is missing', (trial: SetUpTrial) => trial.remove('bin/java'), {}, /Java is needed.*Install a JDK or JRE 17 or later/],
    ['Java is too old', () => undefined, { JAVA_IS: '1.8.0_392' }, /Java 17 or later is needed.*"java" is 8/],
    ['Maven is missing', (trial: SetUpTrial) => trial.remove('bin/mvn'), {}, /Maven is needed.*Install it/],
    [
      'npm fails',
      (trial: SetUpTrial) => trial.provide('npm', 'console.error("something else"); process.exit(1);'),
      {},
      /packages were not installed[^]*something else[^]*npm\.log/,
    ],
    [
      'the npm registry refuses',
      (trial: SetUpTrial) => trial.provide('npm', 'console.error("npm error code E403"); process.exit(1);'),
      {},
      /packages were not installed[^]*The npm registry refuses this machine or its user[^]*npm error code E403\n/,
    ],
    [
      'the npm registry is out of reach',
      (trial: SetUpTrial) => trial.provide('npm', 'console.error("npm error connect ECONNREFUSED ::1:1"); process.exit(1);'),
      {},
      /The npm registry can't be reached[^]*connect ECONNREFUSED ::1:1\n/,
    ],
    [
      'the disk is full',
      (trial: SetUpTrial) => trial.provide('npm', 'console.error("npm error code ENOSPC"); process.exit(1);'),
      {},
      /The disk is full\. Make room/,
    ],
    [
      'Maven fails',
      (trial: SetUpTrial) => trial.provide('mvn', 'console.log("Could not transfer: No route to host"); process.exit(1);'),
      {},
      /Kafka's jars were not fetched[^]*Maven Central, or its mirror, can't be reached[^]*No route to host[^]*maven\.log/,
    ],
  ])('when %s / says what to do, exits with 1, and the next start goes on', (_what, spoil, env, message) =>
    inTrial(async (trial) => {
      spoil(trial);
      const { code, said } = await trial.run(env);
      expect(said).toMatch(message);
      expect(code).toBe(1);
      for (const program of ['npm', 'mvn', 'java'] as const) trial.provide(program);
      expect((await trial.run()).code).toBe(0);
    })(),
  );
});

describe('a set-up that is ended in the middle', () => {
  it.concurrent.each(['SIGINT', 'SIGTERM'] as const)(
    'on %s / stops what it started, leaves nothing half done, exits with 130',
    (signal) =>
      inTrial(async (trial) => {
        trial.provide('mvn', LASTS);
        const setUp = trial.begin();
        await began(trial, 'mvn');
        setUp.kill(signal);
        expect((await setUp.end).code).toBe(130);
        expect(trial.exists('.cache/set-up.lock')).toBe(false);
        trial.provide('mvn');
        expect((await trial.run()).code).toBe(0);
        expect(trial.calls()).toContain('mvn');
      })(),
  );

  test('when it is killed / the next start ends the programs that it left, and repeats its work', async (trial) => {
    trial.provide('npm', LASTS);
    const setUp = trial.begin();
    await began(trial, 'npm');
    setUp.kill('SIGKILL');
    await setUp.end.catch(() => undefined);
    trial.provide('npm');
    expect((await trial.run()).code).toBe(0);
    expect(trial.calls()).toContain('npm');
  });

  test('when it is killed, and ids of its programs belong to another one by then / the next start leaves that one alone', async (trial) => {
    trial.provide('npm', `fs.writeFileSync(root + '/npm.pid', String(process.pid)); ${LASTS}`);
    const setUp = trial.begin();
    // A file that is not written yet would be the number 0: the process group of this run.
    const npm = await eventually(
      () => {
        const { groups } = JSON.parse(trial.read('.cache/set-up.lock')) as { groups: { pid: number }[] };
        const pid = groups.find((group) => String(group.pid) === trial.read('npm.pid'))?.pid;
        expect(pid).toBeGreaterThan(1);
        return pid!;
      },
      { timeoutMs: 30_000 },
    );
    setUp.kill('SIGKILL');
    process.kill(-npm, 'SIGKILL');
    const other = spawn('bash', ['-c', 'exec -a java-thing sleep 60'], { detached: true, stdio: 'ignore' });
    trial.write('.cache/set-up.lock', trial.read('.cache/set-up.lock').replace(RegExp(`\\b${npm}\\b`), String(other.pid)));
    trial.provide('npm');
    expect((await trial.run()).code).toBe(0);
    expect(other.signalCode).toBeNull();
    other.kill();
    expect(await once(other, 'exit')).toEqual([null, 'SIGTERM']);
  });

  test('when a killed one is still in the table of processes, since nobody asked for its end / does not wait for it', async (trial) => {
    const parent = spawn('sh', ['-c', `"$0" -e 'setTimeout(() => {}, 1_000)' & echo $!; exec sleep 60`, process.execPath]);
    const [text] = (await once(parent.stdout, 'data')) as [Buffer];
    const { startOf } = (await import(new URL('set-up/processes.mjs', import.meta.url).href)) as {
      startOf: (pid: number) => string;
    };
    const holder = { pid: Number(text), start: startOf(Number(text)) };
    trial.write('.cache/set-up.lock', JSON.stringify({ holder, groups: [] }));
    process.kill(holder.pid, 'SIGKILL');
    try {
      const { code, said } = await trial.run();
      expect([code, said]).toEqual([0, expect.not.stringContaining('another set-up')]);
    } finally {
      parent.kill();
    }
  });

  test('when another set-up is at work / waits for it, and has nothing left to do', async (trial) => {
    trial.provide('npm', WAITS);
    const first = trial.begin();
    await eventually(() => expect(trial.exists('.cache/set-up.lock')).toBe(true), { everyMs: 20 });
    const second = trial.begin();
    second.stdout!.once('data', () => trial.write('go', ''));
    const { said } = await second.end;
    expect((await first.end).code).toBe(0);
    expect(said).toMatch(/another set-up is at work here[^]*the local run begins/);
    expect(trial.calls().filter((call) => call === 'npm')).toHaveLength(1);
  });
});
