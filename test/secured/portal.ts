import { randomUUID } from 'node:crypto';
import type { SecuredSystem } from './secured-system.js';
import { must } from './check.js';

const BASE = '/external/api/v1';
export const PASSWORD = 'correct horse battery';

interface Answer {
  status: number;
  data: { id: string; email: string };
  loginVersion: number;
}

/** A caller of the gateway and of the portal. */
export class Portal {
  constructor(
    private readonly secured: SecuredSystem,
    /** The gateway that is asked. */
    private readonly gateway = secured.system.gateways[0]!.app,
  ) {}

  static newEmail = (): string => `secured.${randomUUID()}@example.com`;

  async call(method: string, path: string, body?: object): Promise<Answer> {
    const { secrets } = this.secured.system;
    const response = await fetch(`${this.gateway.url}${BASE}${path}`, {
      method,
      headers: { authorization: `Bearer ${secrets.apiToken}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const { data } = (text ? JSON.parse(text) : {}) as { data: Answer['data'] };
    return { status: response.status, data, loginVersion: Number(response.headers.get('portal-login-version')) };
  }

  /** A contact with a login that the auth app has. */
  async contactWithLogin(): Promise<Answer['data']> {
    const company = await this.call('POST', '/companies', { name: 'Acme' });
    must(company.status === 201, `The company was answered ${company.status}.`);
    const fields = { first_name: 'John', company_id: company.data.id, email: Portal.newEmail(), password: PASSWORD };
    return this.followed(await this.call('POST', '/contacts', fields));
  }

  /** Updates a contact, and waits until the auth app has the login. */
  async update(id: string, patch: object): Promise<Answer['data']> {
    return this.followed(await this.call('POST', `/contacts/${id}`, patch), id);
  }

  async removeLogin(id: string): Promise<void> {
    await this.followed(await this.call('DELETE', `/contacts/${id}/password`), id);
  }

  async signIn(email: string, password = PASSWORD): Promise<number> {
    const response = await fetch(`${this.authUrl}/portal/sessions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email, password }),
    });
    return response.status;
  }

  private get authUrl(): string {
    const running = this.secured.system.auths.find(({ app }) => app.isReady);
    return running!.app.url;
  }

  private async followed({ status, data, loginVersion }: Answer, id = data?.id): Promise<Answer['data']> {
    must(status < 300, `The gateway answered ${status}.`);
    const headers = { authorization: `Bearer ${this.secured.system.secrets.operatorToken}` };
    const answer = await fetch(`${this.authUrl}/portal/logins/${id}?min_version=${loginVersion}&wait=20`, { headers });
    must(
      answer.status === 200 || answer.status === 404,
      `The login is not at ${loginVersion}: ${answer.status} ${await answer.text()}`,
    );
    return data;
  }
}
