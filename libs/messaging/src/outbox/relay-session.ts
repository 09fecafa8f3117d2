import type pg from 'pg';
import { clientConfig, PostgresClient } from '#app/postgres';

/** Channels of the database: rows were committed, and the lease is free. */
export const CHANNELS = { rows: 'contact_sync_outbox', lease: 'contact_sync_outbox_lease' } as const;

/** A statement of the relay touches a thousand rows at most: a database that says nothing for so long is away. */
const SESSION_ANSWER_MS = 3_000;
const CONNECT_MS = 2_000;

export interface RelaySessionOptions {
  databaseUrl: string;
  applicationName: string;
  /** A notice of a channel, or of none where the connection is lost. */
  onNotice: (channel: string | undefined) => void;
}

/** A session of the relay's own, past any pooler: it holds the lock, listens and says when rows were committed. */
export async function openRelaySession({ databaseUrl, applicationName, onNotice }: RelaySessionOptions): Promise<pg.Client> {
  const config = clientConfig({ url: databaseUrl, applicationName, connectMs: CONNECT_MS, answerMs: SESSION_ANSWER_MS });
  const session = new PostgresClient({ ...config, sessionSettings: { ...config.sessionSettings, tcp_user_timeout: '10000' } });
  // Without a listener a dropped connection ends the process; the query under way rejects on its own.
  session.on('error', () => onNotice(undefined));
  session.on('notification', ({ channel }) => onNotice(channel));
  await session.connect();
  return session;
}

/** Sends notices of committed rows, one at a time: rows committed meanwhile are found by the pass that it starts. */
export class RowsNotice {
  private isSending = false;
  private isOwed = false;

  async send(session: pg.Client | undefined): Promise<void> {
    this.isOwed = true;
    if (this.isSending || !session) return;
    this.isSending = true;
    while (this.isOwed) {
      this.isOwed = false;
      await session.query(`notify ${CHANNELS.rows}`).catch(() => undefined);
    }
    this.isSending = false;
  }

  /** Sends what was owed while there was no session. */
  async catchUp(session: pg.Client): Promise<void> {
    if (this.isOwed) await this.send(session);
  }
}
