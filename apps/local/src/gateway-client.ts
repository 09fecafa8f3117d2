import { randomUUID } from 'node:crypto';
import { StartFailed } from '#app/system';

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

  private send(method: string, path: string, headers: Record<string, string>, body?: string): Promise<Response> {
    return fetch(`${this.baseUrl}${path}`, {
      method,
      headers: { Authorization: `Bearer ${this.token}`, ...headers },
      ...(body === undefined ? {} : { body }),
      signal: AbortSignal.timeout(15_000),
    });
  }
}
