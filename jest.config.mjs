const transform = {
  '^.+\\.ts$': [
    '@swc/jest',
    {
      jsc: {
        target: 'es2024',
        parser: { syntax: 'typescript', decorators: true },
        transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: true },
        keepClassNames: true,
      },
      module: { type: 'es6' },
    },
  ],
};

/** What every project has. */
export const shared = {
  rootDir: import.meta.dirname,
  roots: ['<rootDir>/apps', '<rootDir>/deploy', '<rootDir>/libs', '<rootDir>/samples', '<rootDir>/test'],
  testEnvironment: '<rootDir>/test/environment.mjs',
  runtime: '<rootDir>/test/caching.runtime.mjs',
  extensionsToTreatAsEsm: ['.ts'],
  transform,
  moduleNameMapper: {
    '^#app/([^/]+)$': '<rootDir>/libs/$1/src/index.ts',
    '^#app/([^/]+)/light$': '<rootDir>/libs/$1/src/light.ts',
    '^#app/([^/]+)/testing$': '<rootDir>/libs/$1/src/testing/index.ts',
    // The samples name the package as a subscriber does.
    '^@contact-sync/contracts$': '<rootDir>/libs/contracts/src/index.ts',
    '^@contact-sync/contracts/testing$': '<rootDir>/libs/contracts/src/testing/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  modulePathIgnorePatterns: ['<rootDir>/libs/contracts/dist'],
};

export default {
  // Tests wait much of their time, for leases, groups and processes: on two cores a third and a fourth worker fill the pauses (13 % of both cores are idle with three, 6 % with four).
  maxWorkers: 4,
  // Modules of finished files stay in memory. A worker that holds much of them collects garbage for long, and ends late.
  workerIdleMemoryLimit: '700MB',
  testSequencer: '<rootDir>/test/long-first.sequencer.mjs',
  reporters: ['default', '<rootDir>/test/progress.reporter.mjs'],
  // A global setting of jest's: in a project it is read by nobody.
  testTimeout: 120_000,
  projects: [
    // No I/O: what is tested is in this process alone.
    { ...shared, displayName: 'unit', testMatch: ['**/*.spec.ts'] },
    // On one real PostgreSQL and one real Kafka, started once for the whole run.
    {
      ...shared,
      displayName: 'system',
      testMatch: ['**/*.int-spec.ts', '**/*.e2e-spec.ts'],
      setupFiles: ['<rootDir>/test/quiet.ts'],
      globalSetup: '<rootDir>/test/global-setup.ts',
      globalTeardown: '<rootDir>/test/global-teardown.ts',
    },
  ],
};
