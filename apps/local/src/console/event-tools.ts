import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import type { EventsEnv } from '../../../events/src/env.js';
import type { Tool } from '../../../events/src/tool.js';

/** The commands of the events tool, called in this process: what they print as JSON is their result. */
export class EventTools {
  constructor(readonly env: EventsEnv) {}

  /** The JSON lines that a command prints. */
  async run<Line>(command: (tool: Tool) => Promise<unknown>): Promise<Line[]> {
    const lines: string[] = [];
    const { signal } = new AbortController();
    await command({
      env: this.env,
      stdout: { write: (text) => lines.push(text) },
      stderr: { write: () => undefined },
      stdin: Readable.from([]),
      apps: resolve(import.meta.dirname, '../../..'),
      signal,
      showing: signal,
    });
    return lines
      .join('')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Line);
  }
}
