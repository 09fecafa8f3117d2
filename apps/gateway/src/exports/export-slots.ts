import { CodedError } from '../wire/coded.error.js';

/** Most exports at once. */
interface ExportLimits {
  /** Of one family of tokens. */
  perFamily: number;
  perProcess: number;
}

/** Limits exports. Each holds a connection and a snapshot of the database for minutes, so a further one does not wait. */
export class ExportSlots {
  private readonly running = new Map<string, number>();
  private total = 0;

  constructor(private readonly limits: ExportLimits) {}

  /**
   * Takes a slot.
   * @returns frees the slot, once
   * @throws {CodedError} `too_many_exports` if the family has too many, `exports_full` if the process has
   */
  take(familyId: string): () => void {
    const held = this.running.get(familyId) ?? 0;
    if (held >= this.limits.perFamily) throw new CodedError('too_many_exports');
    if (this.total >= this.limits.perProcess) throw new CodedError('exports_full');
    this.running.set(familyId, held + 1);
    this.total++;
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.total--;
      const left = this.running.get(familyId)! - 1;
      if (left > 0) this.running.set(familyId, left);
      else this.running.delete(familyId);
    };
  }
}
