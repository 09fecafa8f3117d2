import type pg from 'pg';
import { clientConfig, PostgresClient, type DatabaseUrl } from '#app/postgres';

/** Notification channels: rows were committed, and the lease is free. */
export const CHANNELS = { rows: 'contact_sync_outbox', lease: 'contact_sync_outbox_lease' } as const;

/** A relay's statement touches 250 rows at most: a database that does not answer within this time counts as away. */
const SESSION_ANSWER_MS = 3_000;
const CONNECT_MS = 2_000;

interface RelaySessionOptions {
  databaseUrl: DatabaseUrl;
  applicationName: string;
  /** Called with a notice's channel, or with undefined where the connection is lost. */
  onNotice: (channel: string | undefined) => void;
}

/** The relay's own session, without a pooler: it holds the lock, listens, and notifies about committed rows. */
export async function openRelaySession({ databaseUrl, applicationName, onNotice }: RelaySessionOptions): Promise<pg.Client> {
  const config = clientConfig({ url: databaseUrl, applicationName, connectMs: CONNECT_MS, answerMs: SESSION_ANSWER_MS });
  // A plan made while the outbox is empty would read the whole table, deleted rows included.
  const sessionSettings = { ...config.sessionSettings, tcp_user_timeout: '10000', enable_seqscan: 'off' };
  // The next rows are asked for in the round trip that deletes the last ones.
  const session = new PostgresClient({ ...config, sessionSettings, pipeline: true });
  // Without a listener a dropped connection ends the process; the query under way rejects by itself.
  session.on('error', () => onNotice(undefined));
  session.on('notification', ({ channel }) => onNotice(channel));
  await session.connect();
  return session;
}

/** Notifies about committed rows, one notice at a time: rows committed during a notice are found by the pass that it starts. */
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

  /** Sends the notice that was due while there was no session. */
  async catchUp(session: pg.Client): Promise<void> {
    if (this.isOwed) await this.send(session);
  }
}
