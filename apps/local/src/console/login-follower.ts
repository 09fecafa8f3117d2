import { setTimeout as sleep } from 'node:timers/promises';
import type { AppClient } from './app-client.js';

/** When the auth app had a login's version, counted from the gateway's answer. */
export interface LoginArrival {
  contactId: number;
  version: number;
  /** Null if it did not come in time. */
  ms: number | null;
}

const WAIT_SECONDS = 25;
const LONGEST_MS = 120_000;
const RETRY_MS = 100;

/** Waits until the auth app has a login's version, or knows that the login is removed. It begins with the gateway's answer. */
export async function followLogin(auth: AppClient, contactId: number, version: number): Promise<LoginArrival> {
  const began = performance.now();
  const path = `/portal/logins/${contactId}?min_version=${version}&wait=${WAIT_SECONDS}`;
  while (performance.now() - began < LONGEST_MS) {
    const { status } = await auth.call('GET', path, undefined, (WAIT_SECONDS + 5) * 1_000);
    if (status === 200 || status === 404) return { contactId, version, ms: performance.now() - began };
    if (status !== 202) await sleep(RETRY_MS);
  }
  return { contactId, version, ms: null };
}
