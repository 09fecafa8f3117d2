import type { KafkaMessage } from 'kafkajs';
import type { AuthenticRun } from '../../../libs/messaging/src/consumer/authenticity.js';
import { BatchProcessor } from '../../../libs/messaging/src/consumer/batch-processor.js';
import { around } from '../seams/around.js';
import type { Defect } from './defects.js';

interface OpenProcessor {
  runs(records: readonly KafkaMessage[], place: unknown): Promise<AuthenticRun[]>;
}

/** Takes batches for genuine whose every record passes a weaker check of its mark. @returns a function that ends it */
export const markAcceptedIf = (isAccepted: (mark: string | undefined) => boolean): (() => void) =>
  around(BatchProcessor.prototype as unknown as OpenProcessor, 'runs', async (runs, [records]) =>
    records.every(({ headers }) => isAccepted(headers?.['ce_mac']?.toString()))
      ? [{ records: [...records], skipped: new Set<KafkaMessage>(), isAuthentic: true }]
      : runs(),
  );

export const MARK_DEFECTS: Readonly<Record<string, Defect>> = {
  'mark-unchecked': {
    title: 'a record of a login is applied whatever its mark is (fault 20)',
    plant: () => markAcceptedIf(() => true),
  },
};
