/** An app's answer, as the page shows it. */
export interface AppAnswer {
  /** 0: the app did not answer. */
  status: number;
  headers: Record<string, string>;
  body: unknown;
  /** From the request to the whole answer. */
  ms: number;
}

const TIMEOUT_MS = 15_000;

/** Calls one of the apps with its token, like any other client. */
export class AppClient {
  constructor(
    readonly baseUrl: string,
    private readonly token: string,
  ) {}

  /** Never throws: an app that is down is an answer too. */
  async call(method: string, path: string, body?: object, timeoutMs = TIMEOUT_MS): Promise<AppAnswer> {
    const began = performance.now();
    try {
      const response = await fetch(`${this.baseUrl}${path}`, {
        method,
        headers: { Authorization: `Bearer ${this.token}`, ...(body && { 'Content-Type': 'application/json' }) },
        ...(body && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(timeoutMs),
      });
      const text = await response.text();
      return {
        status: response.status,
        headers: Object.fromEntries(response.headers),
        body: text === '' ? null : JSON.parse(text),
        ms: performance.now() - began,
      };
    } catch (error) {
      const { message, cause } = error as Error & { cause?: { code?: string } };
      return { status: 0, headers: {}, body: { message: cause?.code ?? message }, ms: performance.now() - began };
    }
  }
}
