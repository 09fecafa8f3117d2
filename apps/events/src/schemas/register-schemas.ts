import { readFile } from 'node:fs/promises';
import { EVENTS, SCHEMA_FILES, type EventName } from '#app/contracts';
import { table } from '#app/terminal';
import { print, printJson, type Tool } from '../tool.js';
import { SchemaRegistry } from './schema-registry.js';

export const SUBJECTS = ['topic-record', 'record'] as const;

export interface RegisterOptions {
  url: string;
  subjects: (typeof SUBJECTS)[number];
  compatibility?: string;
  authFile?: string;
  json?: boolean;
}

const HEADER = ['SUBJECT', 'ID', 'VERSION', ''];

/** Registers the schema of each event. */
export async function registerSchemas(options: RegisterOptions, tool: Tool): Promise<void> {
  const userInfo = options.authFile === undefined ? undefined : (await readFile(options.authFile, 'utf8')).trim();
  const registry = new SchemaRegistry(options.url, userInfo);
  const lines: string[][] = [];
  for (const name of Object.keys(EVENTS) as EventName[]) {
    tool.signal.throwIfAborted();
    const subject = subjectOf(name, options.subjects, tool);
    if (options.compatibility !== undefined) await registry.setCompatibility(subject, options.compatibility);
    const registered = await registry.register(subject, SCHEMA_FILES[`${name}.v1.json`]!);
    if (options.json) printJson(tool, { subject, ...registered });
    lines.push([subject, String(registered.id), String(registered.version), registered.known ? 'was there' : 'new']);
  }
  if (!options.json) print(tool, table([HEADER, ...lines]));
}

function subjectOf(name: EventName, strategy: RegisterOptions['subjects'], { env }: Tool): string {
  const { type, topic } = EVENTS[name];
  return strategy === 'record' ? type : `${env.topic(topic)}-${type}`;
}
