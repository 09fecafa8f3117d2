import { beginBatch, endingSpans, tracing, type BatchSpans } from '#app/tracing';
import type { KafkaMessage } from 'kafkajs';
import type { TopicPartition } from './dead-letters.js';

/** Spans of delivered records: each is processed in the trace that its record carries. */
export class ProcessSpans {
  private constructor(
    private readonly records: readonly KafkaMessage[],
    private readonly spans: BatchSpans,
  ) {}

  /** Undefined where tracing is off, or no record carries a trace. */
  static begin(records: readonly KafkaMessage[], { topic, partition }: TopicPartition): ProcessSpans | undefined {
    if (!tracing()) return undefined;
    const traced = records.filter((record) => parentOf(record) !== undefined);
    const shared = {
      'messaging.system': 'kafka',
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.destination.name': topic,
      'messaging.destination.partition.id': String(partition),
    };
    const parts = () =>
      traced.map((record) => ({
        parent: parentOf(record),
        attributes: {
          ...shared,
          'messaging.kafka.offset': Number(record.offset),
          'messaging.kafka.message.key': String(record.key),
        },
      }));
    const spans = beginBatch(`process ${topic}`, parts, { kind: 'consumer' });
    return spans && new ProcessSpans(traced, spans);
  }

  /** Ends the spans with the work. */
  ending<T>(work: Promise<T>): Promise<T> {
    return endingSpans(this.spans, work);
  }

  /** Begins and ends spans of the transaction that applies some of the records. */
  applying<T>(records: readonly KafkaMessage[], work: Promise<T>): Promise<T> {
    const among = new Set(records);
    const parts = () =>
      this.spans.spans.filter((_, index) => among.has(this.records[index]!)).map(({ traceparent }) => ({ parent: traceparent }));
    return endingSpans(beginBatch('apply', parts, { attributes: { 'db.system.name': 'postgresql' } }), work);
  }
}

/** The send's span; for a record that another program sent again, the span of the change. */
function parentOf({ headers = {} }: KafkaMessage): string | undefined {
  const header = headers['traceparent'] ?? headers['ce_traceparent'];
  return header === undefined ? undefined : String(Array.isArray(header) ? header[0] : header);
}
