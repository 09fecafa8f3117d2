import { resolve } from 'node:path';
import { shared } from '../../jest.config.mjs';

/** The suite of `npm run test:kafka-tools`: the commands of docs/kafka-tools.md, as they stand there, on a running gateway. */
export default {
  ...shared,
  rootDir: resolve(import.meta.dirname, '../..'),
  roots: ['<rootDir>/test/kafka-tools'],
  displayName: 'kafka-tools',
  testMatch: ['**/*.tool-spec.ts'],
  setupFiles: ['<rootDir>/test/quiet.ts'],
  globalSetup: '<rootDir>/test/global-setup.ts',
  globalTeardown: '<rootDir>/test/global-teardown.ts',
  maxWorkers: 1,
  testTimeout: 180_000,
};
