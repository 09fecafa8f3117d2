import type { KafkaEventStrategy } from '#app/messaging';

type Lags = Awaited<ReturnType<KafkaEventStrategy['lagByPartition']>>;

/** Records that wait to be applied; null if that is not known in time. */
export async function lagWithin(events: KafkaEventStrategy, ms: number): Promise<number | null> {
  const lags = await lagsWithin(events, ms);
  return lags && lags.reduce((sum, { records }) => sum + records, 0);
}

/** The same by partition. */
export async function lagsWithin(events: KafkaEventStrategy, ms: number): Promise<Lags | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => (timer = setTimeout(() => resolve(null), ms)));
  const lags = await Promise.race([events.lagByPartition().catch(() => null), late]);
  clearTimeout(timer);
  return lags;
}
