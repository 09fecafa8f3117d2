import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const folder = mkdtempSync(join(tmpdir(), 'contact-sync-subscriber-'));
const installed = join(folder, 'node_modules/@contact-sync/contracts');
const tsc = resolve('node_modules/typescript/bin/tsc');
const write = (file: string, text: string): void => writeFileSync(join(folder, file), text);

/** A subscriber's program, run by plain Node where nothing but the package and what it depends on is installed. */
const runProgram = (text: string): string => {
  write('program.mjs', text);
  return execFileSync(process.execPath, ['program.mjs'], { cwd: folder, encoding: 'utf8', env: {} });
};

/** Checks types as a subscriber would. */
function typeCheck(...files: string[]): string {
  const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--target', 'es2024'];
  return spawnSync(process.execPath, [tsc, ...options, ...files], { cwd: folder, encoding: 'utf8' }).stdout;
}

beforeAll(() => {
  const packed = execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], {
    cwd: 'libs/contracts',
    encoding: 'utf8',
  });
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['-xzf', join(folder, packed.trim().split('\n').at(-1)!), '-C', installed, '--strip-components=1']);
  symlinkSync(resolve('node_modules/typebox'), join(folder, 'node_modules/typebox'));
  write('package.json', '{ "type": "module" }');
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the package of the contracts, installed by a subscriber', () => {
  it('has only its schema library as a dependency, and only built files', () => {
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

  it('has each schema as a file of plain JSON', () => {
    const said = runProgram(`
      import schema from '@contact-sync/contracts/schemas/ContactUpdated.v1.json' with { type: 'json' };
      console.log(schema.$schema, schema.$id);`);
    expect(said).toBe('https://json-schema.org/draft/2020-12/schema urn:contact-sync:schemas:ContactUpdated:v1\n');
  });

  it('has types that the sample subscriber compiles against', () => {
    copyFileSync('samples/mailing-list.ts', join(folder, 'mailing-list.ts'));
    expect(typeCheck('mailing-list.ts')).toBe('');
  }, 150_000);

  it('has a kit for tests, which needs nothing further: events are built, replayed, and recordings are read', () => {
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

  it('has types for those tests', () => {
    write(
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

  it('does not let a subscriber forget an event', () => {
    write(
      'forgetful.ts',
      `import { matchEvent, type ContactSyncEvent } from '@contact-sync/contracts';
       const nothing = () => undefined;
       export const read = (event: ContactSyncEvent) =>
         matchEvent(event, { ContactCreated: nothing, ContactUpdated: nothing, ContactDeleted: nothing });`,
    );
    expect(typeCheck('forgetful.ts')).toMatch(/forgetful\.ts\(4[^]*PortalLoginChanged/);
  }, 150_000);
});
