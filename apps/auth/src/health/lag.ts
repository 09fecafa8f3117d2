import type { KafkaEventStrategy } from '#app/messaging';

/** Records that wait to be applied; null where that cannot be told in time. */
export async function lagWithin(events: KafkaEventStrategy, ms: number): Promise<number | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => (timer = setTimeout(() => resolve(null), ms)));
  const lag = await Promise.race([events.lag().catch(() => null), late]);
  clearTimeout(timer);
  return lag;
}
