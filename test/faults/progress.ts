import type { EpisodeResult } from './episode.js';
import type { Fault } from './faults/fault.js';
import type { Load } from './load/load.js';

const EVERY_MS = 1_000;
const SHOWN = 5;
/** Time between two lines where the output is no terminal. */
const QUIET_EVERY_MS = 15_000;

/** Prints the current step: one line that is replaced on a screen, a line now and then in a file. */
export class Progress {
  private readonly began = performance.now();
  private current: { fault: Fault; stage: string; load: Load } | undefined;
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly out: NodeJS.WriteStream) {
    this.timer = setInterval(() => this.show(), out.isTTY ? EVERY_MS : QUIET_EVERY_MS).unref();
  }

  say(line: string): void {
    this.clear();
    this.out.write(`${this.elapsed()}  ${line}\n`);
  }

  /** Receives the stages of a fault. */
  watch(fault: Fault): (stage: string, load: Load) => void {
    return (stage, load) => {
      this.current = { fault, stage, load };
      if (this.out.isTTY) this.show();
    };
  }

  ended({ fault, requests, events, recoveryMs, violations }: EpisodeResult): void {
    this.current = undefined;
    const recovery = recoveryMs === null ? 'not recovered' : `recovered in ${(recoveryMs / 1_000).toFixed(1)} s`;
    const { ok, fail, info } = requests;
    this.say(
      `${fault.number} ${fault.name}: ${ok} ok, ${fail} fail, ${info} unknown, ${events} events, ${recovery}, ${violations.length} violations`,
    );
    for (const { invariant, message, contactId } of violations.slice(0, SHOWN))
      this.say(`  ${invariant}  ${contactId === undefined ? '' : `contact ${contactId}: `}${message}`);
  }

  settle(): void {
    this.current = undefined;
    this.clear();
  }

  close(): void {
    clearInterval(this.timer);
    this.clear();
  }

  private show(): void {
    if (!this.current) return;
    const { fault, stage, load } = this.current;
    const { ok, fail, info } = load.history.counts();
    const line = `${this.elapsed()}  ${fault.number} ${fault.name}: ${stage}; ${ok} ok, ${fail} fail, ${info} unknown`;
    this.clear();
    this.out.write(this.out.isTTY ? line.slice(0, (this.out.columns || 80) - 1) : `${line}\n`);
  }

  private clear(): void {
    if (this.out.isTTY) this.out.write('\r\u001b[2K');
  }

  private elapsed(): string {
    return `${((performance.now() - this.began) / 1_000).toFixed(1).padStart(7)} s`;
  }
}
