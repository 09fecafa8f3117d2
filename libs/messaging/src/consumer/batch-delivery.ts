import { decodeRecord, EVENTS, UnreadableEvent, UnsupportedEventVersion, type EventName } from '#app/contracts';
import { RequestContext, type EntityManager } from '@mikro-orm/postgresql';
import { withinDeadline } from '#app/timing';
import type { Logger } from '@nestjs/common';
import type { MessageHandler } from '@nestjs/microservices';
import type { KafkaMessage } from 'kafkajs';
import { isObservable, lastValueFrom } from 'rxjs';
import { HandlerTimeout } from './consume-failure.js';
import { storeFailures, storeOffset } from './consumer-offsets.js';
import type { ConsumerState } from './consumer-state.js';
import type { TopicPartition } from './dead-letters.js';
import { EventBatchContext, type BatchPosition, type EventEntry } from './event-batch.js';
import { ProcessSpans } from './process-spans.js';

/** Applies entries of one event type, and stores the offset in the same transaction. */
export type Handler = MessageHandler<EventEntry[], EventBatchContext>;

/** Consecutive entries of one event type. */
interface Run {
  handler: Handler;
  entries: EventEntry[];
  records: KafkaMessage[];
  nextOffset: number;
}

interface DeliveryOptions {
  em: EntityManager;
  /** The handler of an event type; undefined where the app has no handler for it. */
  handlerOf: (type: string) => Handler | undefined;
  handlerTimeoutMs: number;
  state: ConsumerState;
  logger: Logger;
}

/** Reads records and passes them to their handlers, which store the offset together with their changes. */
export class BatchDelivery {
  constructor(private readonly options: DeliveryOptions) {}

  /**
   * Delivers records of one partition, in order.
   * @param skipped records to skip unread
   * @throws the error of reading or of a handler; some runs may be applied by then
   */
  async deliver(records: readonly KafkaMessage[], place: TopicPartition, skipped?: ReadonlySet<KafkaMessage>): Promise<void> {
    const applied = await this.hand(records, place, (record) => (skipped?.has(record) ? undefined : readEntry(record, false)));
    const wasStopped = this.options.state.delivered(place, { applied, skipped: records.length - applied });
    if (wasStopped) this.options.logger.log({ msg: 'Partition continues.', ...place });
  }

  /** Delivers a dead-lettered record, so that its handler can apply the safe part of it. */
  async salvage(record: KafkaMessage, place: TopicPartition): Promise<void> {
    await this.hand([record], place, (one) => readEntry(one, true));
  }

  /** Moves the stored offset past records that need no handler. */
  async pass(position: BatchPosition): Promise<void> {
    const { em, state } = this.options;
    await storeOffset(em.fork(), { ...position, heldOffset: state.heldOffset(position) });
    state.noteHeld(position, position.nextOffset);
  }

  /** Stores how many records of a partition in a row could never be applied. */
  async storeFailures(place: TopicPartition): Promise<void> {
    const { em, state } = this.options;
    await storeFailures(em, place, state.failureStreak(place));
  }

  private hand(
    records: readonly KafkaMessage[],
    place: TopicPartition,
    read: (record: KafkaMessage) => TypedEntry | undefined,
  ): Promise<number> {
    const spans = ProcessSpans.begin(records, place);
    const work = this.handAll(records, place, read, spans);
    return spans ? spans.ending(work) : work;
  }

  private async handAll(
    records: readonly KafkaMessage[],
    place: TopicPartition,
    read: (record: KafkaMessage) => TypedEntry | undefined,
    spans: ProcessSpans | undefined,
  ): Promise<number> {
    const entries = records.map(read);
    const end = { ...place, nextOffset: Number(records.at(-1)!.offset) + 1 };
    const runs = this.runsOf(entries, records);
    for (const run of runs) {
      const work = this.handle(run, { ...place, nextOffset: run.nextOffset });
      await (spans ? spans.applying(run.records, work) : work);
    }
    if (runs.at(-1)?.nextOffset !== end.nextOffset) await this.pass(end);
    return runs.reduce((count, run) => count + run.entries.length, 0);
  }

  private runsOf(entries: readonly (TypedEntry | undefined)[], records: readonly KafkaMessage[]): Run[] {
    const runs: Run[] = [];
    entries.forEach((typed, index) => {
      const handler = typed && this.options.handlerOf(typed.type);
      if (!handler) return;
      const nextOffset = Number(records[index]!.offset) + 1;
      const last = runs.at(-1);
      if (last?.handler === handler) {
        last.entries.push(typed.entry);
        last.records.push(records[index]!);
        last.nextOffset = nextOffset;
      } else runs.push({ handler, entries: [typed.entry], records: [records[index]!], nextOffset });
    });
    return runs;
  }

  private async handle({ handler, entries }: Run, position: BatchPosition): Promise<void> {
    const { em, handlerTimeoutMs, state } = this.options;
    const work = RequestContext.create(em, async () => {
      const result: unknown = await handler(
        entries,
        new EventBatchContext({ ...position, heldOffset: state.heldOffset(position) }),
      );
      if (isObservable(result)) await lastValueFrom(result, { defaultValue: undefined });
    });
    await withinDeadline(work, handlerTimeoutMs, () => new HandlerTimeout(`No answer within ${handlerTimeoutMs} ms.`));
    state.noteHeld(position, position.nextOffset);
  }
}

interface TypedEntry {
  type: string;
  entry: EventEntry;
}

/** The record as an entry; undefined where this version of the contract does not know the event. */
function readEntry(record: KafkaMessage, deadLettered: boolean): TypedEntry | undefined {
  try {
    const decoded = decodeRecord(record);
    if (decoded.kind === 'unknown') return undefined;
    if (decoded.kind === 'event') {
      return { type: typeOf(decoded.event.name), entry: { kind: 'event', event: decoded.event, deadLettered } };
    }
    const { contactId, version, id } = decoded;
    return { type: typeOf(decoded.name), entry: { kind: 'tombstone', contactId, version, id } };
  } catch (error) {
    const nothingIsSafe = error instanceof UnreadableEvent || error instanceof UnsupportedEventVersion;
    if (deadLettered && nothingIsSafe) return undefined;
    throw error;
  }
}

const typeOf = (name: EventName): string => EVENTS[name].type;
