import type { Readable } from 'node:stream';
import type { EventsEnv } from './env.js';

/** A stream to write to: the process' own, or a test's. */
export interface OutputStream {
  isTTY?: boolean | undefined;
  /** The width of a terminal. */
  columns?: number | undefined;
  /** Of a terminal: whether it shows colours; NO_COLOR and a TERM of "dumb" say that it does not. */
  hasColors?(): boolean;
  write(text: string): unknown;
}

/** The environment of commands. */
export interface Tool {
  env: EventsEnv;
  /** Only results. */
  stdout: OutputStream;
  /** Progress, questions and failures. */
  stderr: OutputStream;
  stdin: Readable & { isTTY?: boolean | undefined };
  /** The folder of the built apps, whose tasks the tool starts. */
  apps: string;
  /** Aborted by Ctrl-C. */
  signal: AbortSignal;
  /** For commands that only show: aborted too once standard output takes no more. Other commands go on to their end. */
  showing: AbortSignal;
}

/** Prints a line of the result. */
export const print = ({ stdout }: Pick<Tool, 'stdout'>, line: string): void => void stdout.write(`${line}\n`);

/** Prints a line that is not part of the result. */
export const note = ({ stderr }: Pick<Tool, 'stderr'>, line: string): void => void stderr.write(`${line}\n`);

/** Prints a value for machines, on one line. */
export const printJson = (tool: Pick<Tool, 'stdout'>, value: unknown): void => print(tool, JSON.stringify(value));
