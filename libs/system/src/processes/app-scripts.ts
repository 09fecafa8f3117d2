import type { AppScript } from './app-process.js';

export type AppKind = 'gateway' | 'auth';

const PORT_SETTING = { gateway: 'GATEWAY_PORT', auth: 'AUTH_PORT' } as const;

/** An app, on the port of its environment. */
export const mainScript = (kind: AppKind, env: NodeJS.ProcessEnv, more: Partial<AppScript> = {}): AppScript => ({
  name: kind,
  script: `apps/${kind}/src/main.js`,
  env,
  port: Number(env[PORT_SETTING[kind]]),
  ...more,
});

/** An app's set-up. */
export const setUpScript = (kind: AppKind, env: NodeJS.ProcessEnv, more: Partial<AppScript> = {}): AppScript => ({
  name: `${kind} set-up`,
  script: `apps/${kind}/src/set-up.js`,
  env,
  ...more,
});
