/** Bytes as a recording keeps them: text where they are UTF-8, else base64. */
export type RecordedBytes = string | { base64: string };

// Trap: by default a decoder removes a byte order mark.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function recordedBytes(bytes: Uint8Array): RecordedBytes {
  try {
    return decoder.decode(bytes);
  } catch {
    return { base64: Buffer.from(bytes).toString('base64') };
  }
}

export const bytesOf = (recorded: RecordedBytes): Uint8Array =>
  typeof recorded === 'string' ? Buffer.from(recorded) : Buffer.from(recorded.base64, 'base64');

export const isRecordedBytes = (value: unknown): value is RecordedBytes =>
  typeof value === 'string' || (typeof value === 'object' && typeof (value as { base64?: unknown } | null)?.base64 === 'string');
