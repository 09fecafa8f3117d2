import { seconds } from './screen.js';

/** A finished step: its name, and its begin and end in milliseconds since 1970. */
export interface Leg {
  label: string;
  beganAt: number;
  endedAt: number;
}

const WIDTH = 32;
/** A shorter step does not explain a wait. */
const LEAST_MS = 500;

/** A line for each step with a bar that shows when it ran. */
export function timeBars(legs: readonly Leg[]): string[] {
  const shown = legs.filter(({ beganAt, endedAt }) => endedAt - beganAt >= LEAST_MS).sort((a, b) => a.beganAt - b.beganAt);
  const began = Math.min(...shown.map(({ beganAt }) => beganAt));
  const scale = WIDTH / (Math.max(...shown.map(({ endedAt }) => endedAt)) - began);
  return shown.map(({ label, beganAt, endedAt }) => {
    const from = Math.floor((beganAt - began) * scale);
    const length = Math.max(1, Math.round((endedAt - beganAt) * scale));
    const bar = `${' '.repeat(from)}${'█'.repeat(length)}`.slice(0, WIDTH).padEnd(WIDTH);
    return `  ${label.slice(0, 40).padEnd(40)} ${bar} ${seconds(endedAt - beganAt).padStart(7)}`;
  });
}
