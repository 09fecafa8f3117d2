import { Refused } from '../events.errors.js';

const TIMEOUT_MS = 15_000;
const MEDIA_TYPE = 'application/vnd.schemaregistry.v1+json';

/** A registered schema. */
export interface Registered {
  /** Of the schema, in the whole registry. */
  id: number;
  version: number;
  /** Whether it was there before. */
  known: boolean;
}

interface RegistryAnswer {
  status: number;
  body: { id?: number; version?: number; error_code?: number; message?: string };
}

/** The REST API of a Confluent-compatible schema registry, as its reference describes it. */
export class SchemaRegistry {
  constructor(
    private readonly url: string,
    /** `user:password`; undefined without authentication. */
    private readonly userInfo?: string,
  ) {}

  /** Registers a JSON schema under a subject, unless it is there. @throws {Refused} */
  async register(subject: string, schema: object): Promise<Registered> {
    const body = { schemaType: 'JSON', schema: JSON.stringify(schema) };
    const known = await this.call('POST', `/subjects/${encodeURIComponent(subject)}`, body);
    if (known.status === 200) return { id: known.body.id!, version: known.body.version!, known: true };
    // 40401: no such subject; 40403: no such schema under it.
    if (known.status !== 404) throw refused(subject, known);
    const added = await this.call('POST', `/subjects/${encodeURIComponent(subject)}/versions`, body);
    if (added.status !== 200) throw refused(subject, added);
    const { body: latest } = await this.call('POST', `/subjects/${encodeURIComponent(subject)}`, body);
    return { id: added.body.id!, version: latest.version ?? 1, known: false };
  }

  /** Sets how a subject's schemas must follow each other. @throws {Refused} */
  async setCompatibility(subject: string, compatibility: string): Promise<void> {
    const answer = await this.call('PUT', `/config/${encodeURIComponent(subject)}`, { compatibility });
    if (answer.status !== 200) throw refused(subject, answer);
  }

  private async call(method: string, path: string, body: object): Promise<RegistryAnswer> {
    const authorization = this.userInfo && { authorization: `Basic ${Buffer.from(this.userInfo).toString('base64')}` };
    const response = await fetch(`${this.url.replace(/\/+$/, '')}${path}`, {
      method,
      headers: { 'content-type': MEDIA_TYPE, accept: MEDIA_TYPE, ...authorization },
      body: JSON.stringify(body),
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch((error: unknown) => {
      const { cause, message } = error as Error & { cause?: Error & { code?: string } };
      throw new Refused(`The registry does not answer: ${cause?.code ?? cause?.message ?? message}.`);
    });
    const text = await response.text();
    try {
      return { status: response.status, body: JSON.parse(text) as RegistryAnswer['body'] };
    } catch {
      return { status: response.status, body: {} };
    }
  }
}

function refused(subject: string, { status, body }: RegistryAnswer): Refused {
  const hint =
    status === 409 ? ' The registry checks schemas of open objects more strictly than the contract: see --compatibility.' : '';
  return new Refused(`The registry refused ${subject} with ${body.error_code ?? status}: ${body.message ?? 'no reason'}.${hint}`);
}
