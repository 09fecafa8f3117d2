import { resolve } from 'node:path';
import { shared } from '../jest.config.mjs';

/** The suite of `npm run test:deploy`: the commands of chart and compose file run as processes, and the dashboard on a running system. */
export default {
  ...shared,
  rootDir: resolve(import.meta.dirname, '..'),
  roots: ['<rootDir>/deploy'],
  displayName: 'deploy',
  testMatch: ['**/*.deploy-spec.ts'],
  setupFiles: ['<rootDir>/test/quiet.ts'],
  globalSetup: '<rootDir>/test/global-setup.ts',
  globalTeardown: '<rootDir>/test/global-teardown.ts',
  maxWorkers: 2,
  testTimeout: 60_000,
};
