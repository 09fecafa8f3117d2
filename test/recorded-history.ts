import { readFileSync } from 'node:fs';
import type { RecordedEvent } from '#app/contracts';
import { readRecordedFile } from '#app/contracts/testing';

const FOLDER = 'test/fixtures/events';

/** The recorded history of some thousand events, and its final state. */
export const HISTORY = {
  recording: `${FOLDER}/history.jsonl.gz`,
  state: `${FOLDER}/history.state.json`,
  /** Keys of these tests, no secret: they are committed so that the recorded credentials can be opened. */
  testKeys: `${FOLDER}/TEST-ONLY-sealing-keys.json`,
  seed: 1,
  deeds: 2_750,
} as const;

/** The gateway's state at the end of the history. */
export interface HistoryState {
  logins: Record<string, { version: number; email: string; password: string }>;
  contacts: Record<string, { version: number; name: string | null; email: string | null }>;
  companies: Record<string, { version: number; name: string }>;
}

export const readHistory = (): Promise<RecordedEvent[]> => readRecordedFile(HISTORY.recording);
export const readHistoryState = (): HistoryState => readJson(HISTORY.state);
export const readTestKeys = (): { publicKeys: object; privateKeys: object } => readJson(HISTORY.testKeys);

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}
