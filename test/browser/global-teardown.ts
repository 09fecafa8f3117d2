/** Ends the local run and removes its data. */
export default async function stopLocalRun(): Promise<void> {
  const { stopLocalRun: stop } = globalThis as typeof globalThis & { stopLocalRun?: () => Promise<void> };
  await stop?.();
}
