/** Signals closer together than this count as one: npm passes on the Ctrl-C that the terminal has sent to all. */
const SAME_MS = 800;

/**
 * Calls `stop` at the first signal, or when the parent process is gone, and `force` at a later signal.
 */
export function whenToldToStop(stop: () => void, force: () => void, source: Pick<NodeJS.Process, 'on'> = process): void {
  let stoppedAt: number | null = null;
  const onSignal = (): void => {
    const before = stoppedAt;
    stoppedAt = performance.now();
    if (before === null) stop();
    else if (stoppedAt - before > SAME_MS) force();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) source.on(signal, onSignal);
  source.on('disconnect', () => stoppedAt ?? onSignal());
}
