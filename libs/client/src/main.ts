import { exported, type Exported } from './exported.js';
import { follow, type Followed } from './follow.js';
import { createClient, createConfig, type Client } from './generated/client/index.js';
import type {
  Company,
  Contact,
  ExportCompaniesData,
  ExportContactsData,
  StreamedEvent,
  StreamEventsData,
} from './generated/index.js';
import { resilientFetch, type Retries } from './resilient-fetch.js';

export * from './generated/index.js';
export type { Client } from './generated/client/index.js';
export { ExportCut, type Exported } from './exported.js';
export { CursorExpired, StreamRefused, type Followed } from './follow.js';
export { PageAnswered, resilientFetch, WriteRedirected, type Retries } from './resilient-fetch.js';
export { rows, type PageQuery } from './rows.js';

export interface Connection extends Retries {
  /** Of the gateway, for instance http://localhost:3000. */
  baseUrl: string;
  /** An API token. */
  token: string;
}

/** An event of the stream. Its data are those of the event contract, without `credential`: `@contact-sync/contracts` has their types. */
export interface ContactSyncEvent {
  id: string;
  type: StreamedEvent['event'];
  time: string;
  /** `contacts/1`, `companies/12`. */
  subject: string;
  version: number;
  correlation_id: string;
  data: Record<string, unknown>;
}

export interface Following {
  /** Goes on after this cursor: of an export, or of the last event that was taken. */
  after?: string;
  query?: NonNullable<StreamEventsData['query']>;
  signal?: AbortSignal;
}

/** A connection to a gateway. */
export interface ContactSync {
  /** What the generated operations take as `client`: `getContact({ client, path: { id: 1 } })`. */
  client: Client;
  /** All contacts at one moment, or those that the filters pass. */
  exportContacts: (query?: ExportContactsData['query']) => Promise<Exported<Contact>>;
  exportCompanies: (query?: ExportCompaniesData['query']) => Promise<Exported<Company>>;
  /** Events as they come, over lost connections. */
  follow: (following?: Following) => AsyncGenerator<Followed<ContactSyncEvent>, void>;
}

const BASE_PATH = '/external/api/v1';

export function contactSync({ baseUrl, token, ...retries }: Connection): ContactSync {
  const { fetch: send = fetch } = retries;
  const resilient = resilientFetch(retries);
  const client = createClient(createConfig({ baseUrl, auth: token, fetch: resilient }));
  const authorization = { authorization: `Bearer ${token}` };
  const urlOf = (path: string, query: object | undefined): string =>
    client.buildUrl({ url: `${BASE_PATH}${path}`, query: query as Record<string, unknown> });
  const exportOf = async <Row>(path: string, query: object | undefined): Promise<Exported<Row>> => {
    const response = await resilient(urlOf(path, query), { headers: authorization });
    if (!response.ok) throw new Error(`The export was refused with ${response.status}: ${await response.text()}`);
    return exported<Row>(response);
  };
  return {
    client,
    exportContacts: (query) => exportOf<Contact>('/contacts/export', query),
    exportCompanies: (query) => exportOf<Company>('/companies/export', query),
    follow: ({ query, ...following } = {}) =>
      follow<ContactSyncEvent>({
        ...following,
        open: (headers, signal) => send(urlOf('/events/stream', query), { headers: { ...authorization, ...headers }, signal }),
      }),
  };
}
