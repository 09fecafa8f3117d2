import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartFailed } from '#app/system';

/** The file that marks a folder as one with data of npm start. */
const MARK = '.contact-sync';

/** What a run makes in DATA_DIR. The folder may hold other things: they stay. */
const MADE: readonly string[] = [
  'postgres',
  'postgres.new',
  'postgres.new-password',
  'kafka',
  'logs',
  'run',
  'demo.json',
  'demo.json.new',
  'secrets',
  MARK,
];

/** Whether a run has taken the folder. Runs before the mark existed left the gateway's secret. */
const isMarked = (dataDir: string): boolean => [MARK, 'secrets/gateway-secret'].some((name) => existsSync(join(dataDir, name)));

/** What a run has made in the folder; the mark is last, so that an interrupted removal can go on. */
export const madeIn = (dataDir: string): string[] =>
  isMarked(dataDir) ? MADE.filter((name) => existsSync(join(dataDir, name))) : [];

/**
 * Refuses a folder in which something else has the names that a run uses.
 * @throws {StartFailed}
 */
export function assertNotForeign(dataDir: string): void {
  if (!existsSync(dataDir) || isMarked(dataDir)) return;
  const taken = readdirSync(dataDir).filter((name) => MADE.includes(name));
  if (taken.length > 0)
    throw new StartFailed(
      `DATA_DIR ${dataDir} has ${taken.join(', ')}, and contact-sync did not make it. Set DATA_DIR to an empty or a new folder.`,
    );
}

export const mark = (dataDir: string): void =>
  writeFileSync(join(dataDir, MARK), 'npm start has its data here: npm run reset removes them.\n');
