import { constants, fstatSync, openSync, write, writeSync } from 'node:fs';
import { Socket } from 'node:net';

/** What may wait for the output, in characters; further lines are lost, and counted. */
const MAX_WAITING = 8 * 1024 * 1024;
const MAX_CHUNK = 64 * 1024;
const RETRY_MS = 100;
const END_MS = 300;
/** A write a line costs more than the line: so much is written at once, or what has come in that time. */
const TOGETHER = { bytes: 32 * 1024, ms: 50 } as const;

/**
 * Writes log lines to a file descriptor, whatever becomes of it: a full disk, a closed pipe or a reader that does not read neither ends
 * the process, nor blocks it, nor keeps it from ending. Lines that find no room are counted, and the count is logged once there is room.
 *
 * Pino's own destination ends the process at an error and then waits in its exit for the disk to have room.
 */
export class LogOutput {
  private readonly fd: number;
  private readonly isPipe: boolean;
  private waiting: string[] = [];
  /** Characters that wait. */
  private size = 0;
  /** What a write has left of its chunk. */
  private rest: Buffer | undefined;
  private lost = 0;
  private writing = false;
  private timer: NodeJS.Timeout | undefined;

  /** @param lossLine makes the line that tells how many were lost */
  constructor(
    fd: number,
    private readonly lossLine: (lost: number) => string,
  ) {
    this.isPipe = isPipe(fd);
    this.fd = this.isPipe ? unblocked(fd) : fd;
    process.on('exit', () => this.finish());
  }

  write(line: string): void {
    if (this.size >= MAX_WAITING) this.lost++;
    else this.push(line);
    if (this.size >= TOGETHER.bytes) this.next();
    else this.timer ??= setTimeout(() => this.next(), TOGETHER.ms).unref();
  }

  private push(line: string): void {
    this.waiting.push(line);
    this.size += line.length;
  }

  private next(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.writing || this.isEmpty) return;
    this.writing = true;
    const chunk = this.take();
    const done = (error: unknown, written = 0): void => {
      const rest = chunk.subarray(written);
      if (rest.length > 0) this.rest = rest;
      if (error) return void setTimeout(() => this.resume(), RETRY_MS).unref();
      this.tellLosses();
      this.resume();
    };
    if (!this.isPipe) return write(this.fd, chunk, done);
    // Never waits, and leaves nothing under way at the end of the process.
    try {
      done(null, writeSync(this.fd, chunk));
    } catch (error) {
      done(error);
    }
  }

  private resume(): void {
    this.writing = false;
    this.next();
  }

  private get isEmpty(): boolean {
    return this.rest === undefined && this.waiting.length === 0;
  }

  /** The rest of the last chunk, or the next lines, in bytes: one conversion for all of them. */
  private take(): Buffer {
    if (this.rest) {
      const { rest } = this;
      this.rest = undefined;
      return rest;
    }
    let length = 0;
    const end = this.size < MAX_CHUNK ? -1 : this.waiting.findIndex((line) => (length += line.length) >= MAX_CHUNK);
    const lines = end === -1 ? this.waiting : this.waiting.splice(0, end + 1);
    if (end === -1) this.waiting = [];
    this.size = end === -1 ? 0 : this.size - length;
    return Buffer.from(lines.join(''));
  }

  private tellLosses(): void {
    if (this.lost === 0 || this.size >= MAX_WAITING) return;
    this.push(this.lossLine(this.lost));
    this.lost = 0;
  }

  /** At the end of the process: what waits is written, as far as it can be in a moment. */
  private finish(): void {
    const end = performance.now() + END_MS;
    while (!this.isEmpty) {
      const chunk = this.take();
      for (let at = 0; at < chunk.length;) {
        try {
          at += writeSync(this.fd, chunk, at);
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'EAGAIN' || performance.now() > end) return;
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
        }
      }
    }
  }
}

function isPipe(fd: number): boolean {
  try {
    const kind = fstatSync(fd);
    return kind.isFIFO() || kind.isSocket();
  } catch {
    return false;
  }
}

/** The same pipe, such that a write to it fails where it is full: a thread that waits in it would keep the process from ending. */
function unblocked(fd: number): number {
  try {
    // A description of its own: other processes share the one that was inherited.
    return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    // It belongs to another user, or is a socket: a stream over it makes it non-blocking.
    new Socket({ fd, readable: false, writable: true }).on('error', () => undefined).unref();
    return fd;
  }
}
