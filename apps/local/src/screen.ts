import type { Leg } from './time-bars.js';

/** The terminal: a line for each finished step, and one for each later event. */
export class Screen {
  /** The finished steps. */
  readonly legs: Leg[] = [];

  constructor(private readonly write: (text: string) => void = writeOut) {}

  /** A step: a line with its time when it is done, without its progress. */
  async step<T>(label: string, work: () => Promise<T>): Promise<T> {
    const began = performance.now();
    const result = await work();
    const beganAt = performance.timeOrigin + began;
    this.legs.push({ label, beganAt, endedAt: performance.timeOrigin + performance.now() });
    this.write(`  ✓ ${label.padEnd(44)} ${seconds(performance.now() - began)}\n`);
    return result;
  }

  failure(message: string): void {
    this.write(`  ✗ ${message.replaceAll('\n', '\n    ')}\n`);
  }

  /** An event, with the time of day. */
  event(message: string): void {
    this.write(`  ${new Date().toTimeString().slice(0, 8)} ${message}\n`);
  }

  text(text: string): void {
    this.write(`${text}\n`);
  }
}

/** For people: `3.2 s`. */
export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

// A closed terminal must not prevent a clean end.
process.stdout.on('error', () => undefined);

function writeOut(text: string): void {
  process.stdout.write(text);
}
