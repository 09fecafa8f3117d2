import { existsSync, readFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import { lastLines, StartFailed } from '#app/system';
import { InvalidSettings } from '#app/settings';

const FULL_DISK = /ENOSPC|No space left on device/i;
const LINES = 30;

/** What a person reads of a failed start, each text on its own. */
export function failuresOf(error: unknown): readonly string[] {
  if (error instanceof InvalidSettings) return error.defects;
  if (error instanceof StartFailed) return [...causeOf(error), explained(error)];
  if (!(error instanceof Error)) return [String(error)];
  const { code = '', path } = error as NodeJS.ErrnoException;
  if (path && NOT_OURS.includes(code)) return [notOurs(path, code)];
  return FULL_DISK.test(error.message) ? [DISK_IS_FULL, error.message] : [error.stack ?? error.message];
}

const NOT_OURS = ['EACCES', 'EPERM', 'EROFS'];
const notOurs = (path: string, code: string): string =>
  `${path} can't be used by this user (${code}). It belongs to another one, as after a start by sudo, or its disk is read-only: give clone and data to the user who starts.`;

const DISK_IS_FULL = 'A disk is full. Make room, or set DATA_DIR to a folder on another disk.';

/** A server does not always say in its last lines why it ended. */
function causeOf({ message, logFile }: StartFailed): string[] {
  const log = logFile && existsSync(logFile) ? lastLines(readFileSync(logFile, 'utf8'), LINES) : '';
  return FULL_DISK.test(message + log) ? [DISK_IS_FULL] : [];
}

const explained = ({ message, logFile }: StartFailed): string =>
  stripVTControlCharacters(message) + (logFile ? `\nMore in ${logFile}` : '');
