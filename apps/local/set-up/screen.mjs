const REMINDER_MS = 15_000;

// A closed terminal is no reason to end otherwise than cleanly.
process.stdout.on('error', () => undefined);

/** The steps that were done here, in the order of their ends: what each was, and when it began and ended, since 1970. */
export const legs = [];

/** A step that takes its time: a line when it begins, now and then, and when it is done. */
export async function step(label, done, work) {
  const began = performance.now();
  const seconds = () => `${((performance.now() - began) / 1000).toFixed(1)} s`;
  say(`  · ${label} …`);
  const reminder = setInterval(() => say(`  · ${label} … ${seconds()}`), REMINDER_MS);
  try {
    const result = await work();
    const end = performance.timeOrigin + performance.now();
    legs.push({ label: done, beganAt: performance.timeOrigin + began, endedAt: end });
    say(`  ✓ ${done.padEnd(44)} ${seconds()}`);
    return result;
  } finally {
    clearInterval(reminder);
  }
}

export const say = (line) => process.stdout.write(`${line}\n`);
export const fail = (message) => say(`  ✗ ${message.replaceAll('\n', '\n    ')}`);
