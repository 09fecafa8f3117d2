import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CallerFolder, PACKAGE_JUDGES, type Compiler } from '../../test/caller-folder.js';

const subscriber = new CallerFolder();
const { path: folder } = subscriber;
const installed = join(folder, 'node_modules/@contact-sync/contracts');

/** A subscriber's program, run by plain Node where nothing but the package and what it depends on is installed. */
const runProgram = (text: string): string => {
  subscriber.write('program.mjs', text);
  return execFileSync(process.execPath, ['program.mjs'], { cwd: folder, encoding: 'utf8', env: {} });
};

type Resolution = 'node16' | 'bundler';

/** Checks types as a subscriber would. */
function typeCheck(file: string, resolution: Resolution = 'node16', compiler: Compiler = 7): string {
  const module = resolution === 'bundler' ? ['--module', 'esnext', '--moduleResolution', 'bundler'] : ['--module', 'node16'];
  return subscriber.compileBy(compiler, '--noEmit', '--target', 'es2022', ...module, file);
}

let tarball: string;
let installation: ReturnType<CallerFolder['install']>;

beforeAll(() => {
  tarball = subscriber.pack('.', 'libs/contracts');
  installation = subscriber.install(tarball, subscriber.pack('./node_modules/typebox', '.'));
});
afterAll(() => subscriber.remove());

describe('the package of the contracts', () => {
  it('when it is installed in an empty folder / npm has no warning', () => {
    expect(installation).toMatchObject({ status: 0, stderr: '' });
  });

  it.each(PACKAGE_JUDGES)(
    'when %s judges it / finds nothing',
    (...judge) => {
      expect(subscriber.findingsOf(tarball, judge)).toBeUndefined();
    },
    180_000,
  );

  it('when a subscriber has installed it / has only its schema library as a dependency, and only built files', () => {
    const { name, dependencies } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
    expect(name).toBe('@contact-sync/contracts');
    const root = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(dependencies).toEqual({ typebox: root.dependencies.typebox });
    expect(readdirSync(installed).sort()).toEqual(['README.md', 'dist', 'package.json', 'schemas']);
    const built = readdirSync(join(installed, 'dist'), { recursive: true, encoding: 'utf8' });
    expect(
      built.filter((file) => !/^(testing|(testing\/)?[\w.-]+\.(js|d\.ts))$/.test(file) || /spec|fixtures/.test(file)),
    ).toEqual([]);
  });

  it('when it is loaded by plain Node / reads a record, and says what is wrong with a bad one', () => {
    const said = runProgram(`
      import { decodeRecord, encodeEvent, EVENT_EXAMPLES } from '@contact-sync/contracts';
      const record = encodeEvent(EVENT_EXAMPLES.ContactUpdated);
      console.log(decodeRecord(record).event.data.contact.email);
      try { decodeRecord({ ...record, value: '{}' }); } catch (error) { console.log(error.name, error.message); }`);
    expect(said).toMatch(/^john\.smith@acme\.example\nUnreadableEvent data.*contact_id/);
  });

  it('when a subscriber has installed it / has each schema as a file of plain JSON', () => {
    const said = runProgram(`
      import schema from '@contact-sync/contracts/schemas/ContactUpdated.v1.json' with { type: 'json' };
      console.log(schema.$schema, schema.$id);`);
    expect(said).toBe('https://json-schema.org/draft/2020-12/schema urn:contact-sync:schemas:ContactUpdated:v1\n');
  });

  it.each<[Resolution, Compiler]>([
    ['node16', 6],
    ['bundler', 7],
  ])(
    'when a subscriber has installed it / has types that the sample subscriber compiles against, resolved as %s, by TypeScript %i',
    (resolution, compiler) => {
      copyFileSync('samples/mailing-list.ts', join(folder, 'mailing-list.ts'));
      expect(typeCheck('mailing-list.ts', resolution, compiler)).toBe('');
    },
    150_000,
  );

  it('when a subscriber has installed it / has a kit for tests, which needs nothing further: events are built, replayed, and recordings are read', () => {
    copyFileSync('samples/recorded.jsonl', join(folder, 'recorded.jsonl'));
    const said = runProgram(`
      import { decodeRecord } from '@contact-sync/contracts';
      import { aContactCreated, aContactUpdated, given, readRecordedFile } from '@contact-sync/contracts/testing';
      const emails = () => {
        const held = {};
        const apply = (record) => {
          const { kind, event } = decodeRecord(record);
          if (kind === 'event' && event.data.contact) held[event.data.contact_id] = event.data.contact.email;
        };
        return { apply, state: () => held };
      };
      const ann = aContactCreated({ contact_id: 7, email: 'ann@x.io' });
      const moved = aContactUpdated({ email: 'ann@y.io' }, { after: ann });
      console.log(await given(ann, moved).when(emails).then({ 7: 'ann@y.io' }));
      console.log((await readRecordedFile('recorded.jsonl')).length);
      await given(ann, moved).replayed({ doubled: true, seed: 1 }).when(emails).then({ 7: 'ann@y.io' }).catch(({ message }) => console.log(message));`);
    expect(said).toMatch(
      /^{ '7': 'ann@y\.io' }\n20\nReplay \d+ of 20 ends in another state:\n {2}7: expected "ann@y\.io", was "ann@x\.io"\n/,
    );
  });

  it('when a subscriber has installed it / has types for those tests', () => {
    subscriber.write(
      'kit.ts',
      `import { aPortalLoginChanged, given, type Subscriber } from '@contact-sync/contracts/testing';
       const counting = (): Subscriber<{ records: number }> => {
         let records = 0;
         return { apply: () => (records += 1), state: () => ({ records }) };
       };
       export const test = (): Promise<{ records: number }> => given(aPortalLoginChanged()).when(counting).then({ records: 1 });
       export const wrong = aPortalLoginChanged({ full_name: 'Ann' });`,
    );
    expect(typeCheck('kit.ts')).toMatch(/^kit\.ts\(7,[^\n]*full_name[^\n]*\n$/);
  }, 150_000);

  it('when a subscriber has installed it / does not let a subscriber forget an event', () => {
    subscriber.write(
      'forgetful.ts',
      `import { matchEvent, type ContactSyncEvent } from '@contact-sync/contracts';
       const nothing = () => undefined;
       export const read = (event: ContactSyncEvent) =>
         matchEvent(event, { ContactCreated: nothing, ContactUpdated: nothing, ContactDeleted: nothing });`,
    );
    expect(typeCheck('forgetful.ts')).toMatch(/forgetful\.ts\(4[^]*PortalLoginChanged/);
  }, 150_000);
});
