/** Signals closer together than this are one: npm passes on the Ctrl-C that the terminal has sent to all. */
const SAME_MS = 800;

/**
 * Calls `stop` when this process is told to end, or when the one that started it is gone, and `force` when it is told again.
 */
export function whenToldToStop(stop: () => void, force: () => void, source: Pick<NodeJS.Process, 'on'> = process): void {
  let toldAt: number | null = null;
  const told = (): void => {
    const before = toldAt;
    toldAt = performance.now();
    if (before === null) stop();
    else if (toldAt - before > SAME_MS) force();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) source.on(signal, told);
  source.on('disconnect', () => toldAt ?? told());
}
