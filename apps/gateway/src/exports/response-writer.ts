import type { ServerResponse } from 'node:http';

/** The response ended before it was complete: its reader is gone or too slow. */
export class SlowReader extends Error {
  override readonly name = 'SlowReader';
}

/**
 * Writes to a response, and waits until its reader has taken the bytes.
 *
 * Trap: a response can emit no 'drain' though its socket has taken all bytes. The callback of a write is always called.
 * @throws {SlowReader}
 */
export function write(response: ServerResponse, text: string): Promise<void> {
  if (response.destroyed) return Promise.reject(new SlowReader());
  let taken = (): void => undefined;
  if (text === '' || response.write(text, () => taken())) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const settle = (isLost: boolean): void => {
      response.off('close', closed);
      if (isLost) reject(new SlowReader());
      else resolve();
    };
    const closed = (): void => settle(true);
    taken = () => settle(response.destroyed);
    response.on('close', closed);
  });
}
