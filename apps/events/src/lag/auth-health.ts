/** A partition at which the auth app waits for its set-up to be repaired, as its health tells. */
export interface StoppedPartition {
  topic: string;
  partition: number;
  offset: number;
  reason: string;
  since: string;
}

/** What the auth app says of itself. */
export interface AuthHealth {
  /** `unreachable`: where it should be, nobody answers. */
  status: string;
  stopped: StoppedPartition[];
}

const TIMEOUT_MS = 3_000;

/** Asks one auth app process; null where nobody said where it is. */
export async function askHealth(url: string | undefined): Promise<AuthHealth | null> {
  if (url === undefined) return null;
  try {
    const answer = await fetch(`${url}/health`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const body = (await answer.json()) as { status?: string; parts?: { consumer?: { stopped?: StoppedPartition[] } } };
    return { status: String(body.status), stopped: body.parts?.consumer?.stopped ?? [] };
  } catch {
    return { status: 'unreachable', stopped: [] };
  }
}
