import { lastLines } from '#app/system';

/** What an app's log says last, for a person: the messages of its JSON lines, on lines of their own; empty where it says nothing. */
export function lastWords(log: string): string {
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
