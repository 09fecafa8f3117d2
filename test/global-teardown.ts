import type { ThrowawayServers } from '#app/system';

/** Stops the servers of `global-setup.ts`, in the same process. */
export default async function stopServers(): Promise<void> {
  const { servers } = globalThis as { servers?: ThrowawayServers };
  await servers?.stop();
}
