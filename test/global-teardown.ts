import type { ThrowawayServers } from '#app/system';

/** Stops what `global-setup.ts` started, in the same process. */
export default async function stopServers(): Promise<void> {
  const { servers } = globalThis as { servers?: ThrowawayServers };
  await servers?.stop();
}
