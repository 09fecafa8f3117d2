import { resolve } from 'node:path';
import { shared } from '../../jest.config.mjs';

/** The suite of `npm run test:browser`: pages in a real Chromium, on a whole local run that is started once. */
export default {
  ...shared,
  rootDir: resolve(import.meta.dirname, '../..'),
  roots: ['<rootDir>/test/browser'],
  displayName: 'browser',
  testMatch: ['**/*.browser-spec.ts'],
  globalSetup: '<rootDir>/test/browser/global-setup.ts',
  globalTeardown: '<rootDir>/test/browser/global-teardown.ts',
  testSequencer: '<rootDir>/test/browser/docs-page-last.sequencer.mjs',
  // One run for all: its processes are stopped and started by specs.
  maxWorkers: 1,
  testTimeout: 180_000,
};
