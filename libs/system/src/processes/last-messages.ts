import { lastLines } from '../servers/log-file.js';

/** The last messages of an app's log, each on its own line; of JSON lines only the message. Empty where the log is empty. */
export function lastMessages(log: string): string {
  if (log.trim() === '') return '';
  return lastLines(log, 5)
    .split('\n')
    .map((line) => `\n${messageOf(line).slice(0, 400)}`)
    .join('');
}

function messageOf(line: string): string {
  try {
    const { msg, err } = JSON.parse(line) as { msg?: string; err?: { message?: string } };
    return [...new Set([msg, err?.message])].filter(Boolean).join(': ') || line;
  } catch {
    return line;
  }
}
