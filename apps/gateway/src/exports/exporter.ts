import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable, Logger } from '@nestjs/common';
import { PeerWatch } from '#app/http';
import { EventFeed } from '#app/messaging';
import type { DatabaseUrl } from '#app/postgres';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { actorOf, AuditTrail } from '../callers/audit-trail.js';
import { assertValid } from '../wire/validation.error.js';
import type { LiveTokens } from '../events/live-tokens.js';
import { ExportPace } from './export-pace.js';
import type { ExportQuery } from './export-query.decorator.js';
import { ExportSession, type ExportedRows } from './export-session.js';
import type { ExportSlots } from './export-slots.js';
import { positionHeaders } from './export.headers.js';
import { csv, ndjson, prefersCsv, type CsvColumns, type ExportFormat } from './export.formats.js';
import { SlowReader, write } from './response-writer.js';

/** How often it is checked whether readers take bytes. */
const LOOK_MS = 5_000;
/** What the log says of each cut. A reader that leaves is none. */
const CUT = 'An export is cut.';

export interface ExportSource<Row> extends Omit<ExportedRows<Row>, 'filters'> {
  /** For the audit trail. */
  name: string;
  columns: CsvColumns<Row>;
}

export interface ExportSettings {
  databaseUrl: DatabaseUrl;
  /** An export that takes longer is cut, in milliseconds. */
  maxMs: number;
  /** A reader that takes nothing for this time is disconnected, in milliseconds. */
  stalledMs: number;
}

interface ExporterParts {
  em: EntityManager;
  feed: EventFeed<unknown>;
  tokens: LiveTokens;
  audit: AuditTrail;
  slots: ExportSlots;
}

/** A request for an export. */
interface ExportRequest<Row> {
  source: ExportSource<Row>;
  query: ExportQuery;
  request: FastifyRequest;
  reply: FastifyReply;
}

/** Streams all rows of one snapshot, with the position in the events to resume from. */
@Injectable()
export class Exporter {
  private readonly logger = new Logger(Exporter.name);
  private readonly peers: PeerWatch;

  constructor(
    private readonly parts: ExporterParts,
    private readonly settings: ExportSettings,
  ) {
    this.peers = new PeerWatch({ lookMs: LOOK_MS, vanishedMs: settings.stalledMs, stalledMs: settings.stalledMs });
  }

  /**
   * Answers with an export, or throws before the first byte.
   * @throws {ValidationFailed} @throws {CodedError} @throws {FeedUnavailable} while the broker is away: the position is unknown
   */
  async answer<Row>({ source, query, request, reply }: ExportRequest<Row>): Promise<void> {
    const { tokenId, familyId } = request.caller!;
    const { em, feed, tokens, audit, slots } = this.parts;
    const release = slots.take(familyId);
    let session: ExportSession | undefined;
    try {
      assertValid(query.errors);
      // Read before the snapshot: a later event comes after this position, so that no event is missed.
      const mark = await feed.mark();
      session = await ExportSession.open(this.settings.databaseUrl, em.getKysely(), this.settings.maxMs);
      const format = prefersCsv(request.headers.accept) ? csv(source.columns) : ndjson<Row>();
      const headers = { ...positionHeaders(mark), 'content-type': format.contentType, vary: 'Accept' };
      // Its length is not known, and without a body the reply would say that it is 0.
      if (request.method === 'HEAD') {
        release();
        return void reply.headers(headers).send(Readable.from([]));
      }
      audit.note({ actor: actorOf(tokenId), action: 'export', target: source.name, requestId: request.id });
      reply.hijack();
      reply.raw.writeHead(200, { ...(reply.getHeaders() as Record<string, string>), ...headers });
      const unwatch = tokens.watch(tokenId, () =>
        this.cut(reply.raw, 'Its token ended, or the database did not confirm it in time.'),
      );
      await this.stream(reply.raw, session.pages({ ...source, filters: query.filters }), format).finally(unwatch);
      // Before its reader sees the end, and asks for the next one.
      release();
      reply.raw.end();
    } finally {
      await session?.close();
      release();
    }
  }

  /** Sends the pages, and leaves the response open; an error cuts it, so that its reader sees no end. */
  private async stream<Row>(
    response: ServerResponse,
    pages: AsyncGenerator<Row[], void>,
    format: ExportFormat<Row>,
  ): Promise<void> {
    const { maxMs, stalledMs } = this.settings;
    const late = setTimeout(() => this.cut(response, `It takes more than ${maxMs / 1_000} s.`), maxMs);
    const stalled = (): void => this.cut(response, `Its reader took nothing for ${stalledMs / 1_000} s.`);
    const unwatch = response.socket ? this.peers.watch(response.socket, stalled) : undefined;
    const pace = new ExportPace();
    try {
      let count = 0;
      await write(response, format.head);
      for await (const rows of pages) {
        await write(response, format.rows(rows));
        count += rows.length;
        await pace.rest();
      }
      await write(response, format.end(count));
    } catch (err) {
      if (!(err instanceof SlowReader)) this.logger.warn({ msg: CUT, err });
      response.destroy();
    } finally {
      clearTimeout(late);
      unwatch?.();
      pace.end();
    }
  }

  private cut(response: ServerResponse, reason: string): void {
    if (response.destroyed) return;
    this.logger.warn({ msg: CUT, reason });
    response.destroy();
  }
}
