import { BatchProcessor } from '../../../libs/messaging/src/consumer/batch-processor.js';
import type { AttemptParts } from '../../../libs/messaging/src/consumer/record-attempts.js';
import { around } from '../seams/around.js';
import type { Defect } from './defects.js';

interface OpenProcessor {
  parts: AttemptParts;
  process(): Promise<unknown>;
}

/** Takes records for genuine that pass a weaker check of their marks, alone and in batches. @returns a function that ends it */
export function markAcceptedIf(isAccepted: (mark: string | undefined) => boolean): () => void {
  const weakened = new WeakSet<AttemptParts>();
  let isPlanted = true;
  const weaken = (parts: AttemptParts): void => {
    const { authenticate } = parts;
    if (!authenticate || weakened.has(parts)) return;
    weakened.add(parts);
    parts.authenticate = async (records, ...rest) => {
      const judgements = await authenticate(records, ...rest);
      const isWeaklyGenuine = (index: number) => isPlanted && isAccepted(records[index]!.headers?.['ce_mac']?.toString());
      return judgements.map((judgement, index) => (isWeaklyGenuine(index) ? 'genuine' : judgement));
    };
  };
  const undo = around(BatchProcessor.prototype as unknown as OpenProcessor, 'process', (process, _args, { parts }) => {
    weaken(parts);
    return process();
  });
  return () => {
    isPlanted = false;
    undo();
  };
}

export const MARK_DEFECTS: Readonly<Record<string, Defect>> = {
  'mark-unchecked': {
    title: 'a record of a login is applied whatever its mark is (fault 20)',
    plant: () => markAcceptedIf(() => true),
  },
};
