/** A partition on which the auth app waits for a repair, as its health reports it. */
export interface StoppedPartition {
  topic: string;
  partition: number;
  offset: number;
  reason: string;
  since: string;
}

/** The auth app's health. */
export interface AuthHealth {
  /** `unreachable`: the address does not answer. */
  status: string;
  stopped: StoppedPartition[];
}

const TIMEOUT_MS = 3_000;

/** Reads the health of one auth app process; null if its address is not set. */
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
