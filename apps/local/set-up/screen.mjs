const REMINDER_MS = 15_000;

let shown = process.stdout;

// A closed terminal must not prevent a clean end.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

/** Leaves standard output to the command that follows, and shows the steps on standard error. */
export const leaveOutput = () => (shown = process.stderr);

/** The finished steps, in the order of their ends: name, begin and end in milliseconds since 1970. */
export const legs = [];

/** A long step: a line when it begins, at intervals, and when it is done. */
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

export const say = (line) => shown.write(`${line}\n`);
/** On standard error: a script that reads the output finds no failure in it. */
export const fail = (message) => process.stderr.write(`  ✗ ${message.replaceAll('\n', '\n    ')}\n`);
