import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { StartFailed } from '#app/system';

/** For one request, over all its repetitions. */
const LONGEST_WAIT_MS = 120_000;

/** A contact or company of an answer, with the fields needed here. */
interface Resource {
  id: string | number;
  email?: string | null;
}

/** The gateway's API, used like any other client. */
export class GatewayClient {
  constructor(
    /** Base of its routes. */
    readonly baseUrl: string,
    private readonly token: string,
    /** Tells a person what a request waits for. */
    private readonly tell: (text: string) => void,
  ) {}

  /**
   * @param key makes a repetition safe after a try without an answer
   * @throws {StartFailed} if the gateway answers with an error
   */
  async post(path: string, body: object, key: string = randomUUID()): Promise<Resource> {
    const response = await this.send(
      'POST',
      path,
      { 'Content-Type': 'application/json', 'Idempotency-Key': key },
      JSON.stringify(body),
    );
    if (!response.ok) throw new StartFailed(`The gateway answered ${response.status} to POST ${path}: ${await response.text()}`);
    return ((await response.json()) as { data: Resource }).data;
  }

  /** Null if the gateway answers 404. */
  async get(path: string): Promise<Resource | null> {
    const response = await this.send('GET', path, {});
    return response.ok ? ((await response.json()) as { data: Resource }).data : null;
  }

  /** Whether the gateway takes the token: a revoked one is never valid again. */
  async isLetIn(): Promise<boolean> {
    const response = await this.send('GET', '/companies?per_page=1', {});
    await response.body?.cancel();
    return response.status !== 401;
  }

  /** Waits as answers 429 and 503 ask: the rate limit can be lower than the number of requests. */
  private async send(method: string, path: string, headers: Record<string, string>, body?: string): Promise<Response> {
    for (const end = performance.now() + LONGEST_WAIT_MS; ;) {
      const response = await this.sendOnce(method, path, headers, body);
      const waitMs = waitOf(response);
      if (waitMs === undefined || performance.now() + waitMs > end) return response;
      await response.body?.cancel();
      this.tell(`${reasonOf(response)}: it is asked again in ${waitMs / 1_000} s.`);
      await delay(waitMs);
    }
  }

  private sendOnce(method: string, path: string, headers: Record<string, string>, body?: string): Promise<Response> {
    return fetch(`${this.baseUrl}${path}`, {
      method,
      headers: { Authorization: `Bearer ${this.token}`, ...headers },
      ...(body === undefined ? {} : { body }),
      signal: AbortSignal.timeout(15_000),
    });
  }
}

/** Undefined if the answer is final. */
function waitOf({ status, headers }: Response): number | undefined {
  const seconds = Number(headers.get('retry-after') ?? NaN);
  return (status === 429 || status === 503) && seconds >= 0 ? seconds * 1_000 : undefined;
}

const reasonOf = ({ status }: Response): string =>
  status === 429 ? 'The gateway has had as many requests as API_RATE_LIMIT allows it a minute' : `The gateway answered ${status}`;
