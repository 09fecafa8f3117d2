import { hostInUrl } from '#app/settings';
import type { Settings } from './env.js';

/** Where this machine reaches the apps of a run, for people and for programs. */
export interface AppUrls {
  gateway: string;
  /** Base of the gateway's routes. */
  api: string;
  docs: string;
  asyncapi: string;
  auth: string;
}

export function appUrls({ gatewayPort, authPort, environment }: Settings): AppUrls {
  const host = hostInUrl(environment['HOST'], 'localhost');
  const gateway = `http://${host}:${gatewayPort}`;
  return {
    gateway,
    api: `${gateway}/external/api/v1`,
    docs: `${gateway}/docs`,
    asyncapi: `${gateway}/asyncapi`,
    auth: `http://${host}:${authPort}`,
  };
}
