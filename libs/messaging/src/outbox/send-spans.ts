import { beginBatch, tracing, type BatchSpans } from '#app/tracing';
import type { SendOptions } from './leader-send.js';
import type { PendingRow } from './pending-rows.js';

/** Spans of one pass: for each row of a traced request how long it waited in the outbox, and its send. */
export class SendSpans {
  private readonly began = Date.now();
  private readonly indexes: ReadonlyMap<number, number>;

  private constructor(
    private readonly rows: readonly PendingRow[],
    private readonly sends: BatchSpans,
  ) {
    this.indexes = new Map(rows.map(({ id }, index) => [id, index]));
  }

  /** Undefined where tracing is off, or no row is of a traced request. */
  static begin(rows: readonly PendingRow[]): SendSpans | undefined {
    if (!tracing()) return undefined;
    const traced = rows.filter(({ headers }) => headers['ce_traceparent'] !== undefined);
    const sends = beginBatch('send', () => traced.map(partOf), { kind: 'producer' });
    return sends && new SendSpans(traced, sends);
  }

  /** Options of a send that give each record the `traceparent` of its send: a reader's spans are its children. */
  stamped(options: SendOptions): SendOptions {
    const { stamp } = options;
    return {
      ...options,
      stamp: (row) => {
        const index = this.indexes.get(row.id);
        return { ...stamp?.(row), ...(index === undefined ? {} : { traceparent: this.sends.spans[index]!.traceparent }) };
      },
    };
  }

  end(published: readonly number[]): void {
    const done = new Set(published);
    this.rows.forEach(({ id, headers }, index) => {
      const isPublished = done.has(id);
      if (isPublished) this.waited(headers);
      this.sends.spans[index]!.end(isPublished ? {} : { error: 'not_published' });
    });
  }

  private waited({ ce_traceparent: parent, ce_time: since }: Record<string, string>): void {
    const at = Date.parse(since ?? '');
    if (Number.isFinite(at))
      tracing()
        ?.begin('outbox wait', { parent, at: Math.min(at, this.began) })
        .end({ at: this.began });
  }
}

const partOf = ({ topic, key, headers }: PendingRow) => ({
  name: `send ${topic}`,
  parent: headers['ce_traceparent'],
  attributes: {
    'messaging.system': 'kafka',
    'messaging.operation.name': 'send',
    'messaging.operation.type': 'send',
    'messaging.destination.name': topic,
    'messaging.kafka.message.key': key,
  },
});
