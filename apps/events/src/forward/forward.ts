import { readFile } from 'node:fs/promises';
import { decodeRecord, subjectOfEvent, type ContactSyncEvent } from '#app/contracts';
import type { LogPosition } from '#app/messaging/light';
import { counted } from '#app/terminal';
import { paintFor } from '../colours.js';
import { kafkaOf } from '../connections.js';
import { Interrupted, Refused } from '../events.errors.js';
import { EXIT, type ExitCode } from '../exit-code.js';
import { eventTopics, fullTopic } from '../options/topics.js';
import { judgeOf } from '../reading/authenticity.js';
import { isOfSubject, isOfType, type EventFilter } from '../reading/event-filter.js';
import { readRecord, type SourceRecord } from '../reading/shown-record.js';
import { TopicReader } from '../reading/topic-reader.js';
import { note, print, printJson, type Tool } from '../tool.js';
import { deliver, type Attempt } from './attempt.js';
import { requestOf, signer } from './cloud-event-request.js';
import { forwardJson, forwardLine } from './forward-line.js';
import { KeyedDeliveries } from './keyed-deliveries.js';
import { OffsetsFile, Place, readOffsets, type Offsets } from './place.js';

export interface ForwardOptions extends EventFilter {
  /** The URL. */
  to: string;
  topic?: string[];
  since?: number;
  untilNow?: boolean;
  place?: string;
  secretFile?: string;
  attempts?: number;
  /** Seconds. */
  timeout: number;
  json?: boolean;
}

const KEEP_PLACE_MS = 1_000;
const MADE_AGAIN = 'the topic was made again. Delete the file, and say with --since where to begin.';

/** Sends each event to a URL: in order for each contact or company, side by side for different ones. */
export async function forward(options: ForwardOptions, tool: Tool): Promise<ExitCode> {
  const { env, signal } = tool;
  const sign = options.secretFile === undefined ? undefined : await readSigner(options.secretFile);
  const topics = options.topic?.map((topic) => fullTopic(env, topic)) ?? eventTopics(env);
  const onOutage = (isAway: boolean): void => note(tool, isAway ? 'Kafka does not answer: trying again …' : 'Kafka is back.');
  const reader = await TopicReader.open({ kafka: kafkaOf(env), topics, signal, judge: judgeOf(env), onOutage });
  const forwarding = new Forwarding(options, tool, sign);
  const keeping = setInterval(() => void forwarding.keepPlace().catch(() => undefined), KEEP_PLACE_MS);
  let isCut = false;
  try {
    const range = await rangeOf(reader, options, forwarding.place);
    // A place that cannot be kept is noticed before anything is sent.
    await forwarding.keepPlace();
    for await (const record of recordsOf(reader, options, range)) await forwarding.take(record);
    await forwarding.end();
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    // Ctrl-C is the only end of a call that takes new events too.
    isCut = options.untilNow === true;
  } finally {
    clearInterval(keeping);
    await reader.close();
    await forwarding.stop();
    await forwarding.keepPlace();
  }
  note(tool, forwarding.summary());
  if (isCut) return EXIT.interrupted;
  return forwarding.hasGivenUp ? EXIT.found : EXIT.done;
}

type Sign = ReturnType<typeof signer>;

async function readSigner(file: string): Promise<Sign> {
  const [first = '', ...others] = (await readFile(file, 'utf8')).trim().split(/\s+/);
  try {
    return signer(first, ...others);
  } catch {
    throw new Refused(`${file} holds no secret, or another line: a secret is whsec_ and 24 to 64 bytes in base64.`);
  }
}

interface Range {
  from: LogPosition;
  to: LogPosition;
}

/** What is read of what is there now; the place begins with it. */
async function rangeOf(reader: TopicReader, options: ForwardOptions, place: Place): Promise<Range> {
  const { to } = await reader.all();
  const kept = (options.place === undefined ? undefined : await readOffsets(options.place)) ?? {};
  const from = await beginning(reader, options, { kept, end: to });
  // Other topics stay in the file as they are.
  for (const [topic, partitions] of Object.entries(kept))
    for (const [partition, offset] of Object.entries(partitions)) place.start(topic, Number(partition), offset);
  for (const [index, offset] of from.entries())
    place.start(reader.layout.topicOf(index), reader.layout.partitionOf(index), offset);
  return { from, to };
}

async function* recordsOf(
  reader: TopicReader,
  { untilNow }: ForwardOptions,
  { from, to }: Range,
): AsyncGenerator<SourceRecord, void> {
  yield* reader.read({ from, to });
  if (!untilNow) yield* reader.follow(to.map((end, index) => Math.max(end, from[index]!)));
}

async function beginning(
  reader: TopicReader,
  { since, place, untilNow }: ForwardOptions,
  { kept, end }: { kept: Offsets; end: LogPosition },
): Promise<LogPosition> {
  const { layout } = reader;
  const { from: starts } = await reader.all();
  const first = since === undefined ? (untilNow ? starts : end) : await reader.since(since);
  const from = first.map((offset, index) => {
    const ofTopic = kept[layout.topicOf(index)];
    // Records that came meanwhile are new ones, also where no older one is in the range.
    if (!ofTopic) return Math.min(offset, end[index]!);
    // A partition that the place lacks was added since.
    return ofTopic[String(layout.partitionOf(index))] ?? starts[index]!;
  });
  const beyond = from.findIndex((offset, index) => offset > end[index]!);
  if (beyond >= 0) throw new Refused(`${place} stands beyond the end of ${layout.topicOf(beyond)}: ${MADE_AGAIN}`);
  return from;
}

class Forwarding {
  readonly place = new Place();
  private readonly deliveries = new KeyedDeliveries();
  private readonly counts = { sent: 0, skipped: 0 };
  private readonly file: OffsetsFile | undefined;
  private readonly stopped = new AbortController();
  private readonly signal: AbortSignal;

  constructor(
    private readonly options: ForwardOptions,
    private readonly tool: Tool,
    private readonly sign: Sign | undefined,
  ) {
    this.file = options.place === undefined ? undefined : new OffsetsFile(options.place);
    this.signal = AbortSignal.any([tool.signal, this.stopped.signal]);
  }

  get hasGivenUp(): boolean {
    return this.deliveries.givenUp.size > 0;
  }

  /** Queues the record's event; waits while too many wait. */
  async take(record: SourceRecord): Promise<void> {
    this.place.take(record);
    const event = this.wanted(record);
    if (!event) return this.place.done(record);
    const shown = readRecord(record);
    const request = requestOf(event, shown.replayed);
    await this.deliveries.add(subjectOfEvent(event), async () => {
      const isDone = await deliver({
        url: this.options.to,
        timeoutMs: this.options.timeout * 1_000,
        attempts: this.options.attempts,
        request: () => this.sign?.(request, new Date()) ?? request,
        signal: this.signal,
        onAttempt: (attempt) => this.show(record, attempt),
        inTurn: this.deliveries.inTurn,
      });
      if (isDone) this.counts.sent++;
      if (isDone) this.place.done(record);
      // What an interruption leaves undone is not given up.
      return isDone || this.signal.aborted;
    });
  }

  /** Waits for the events that were taken. */
  async end(): Promise<void> {
    await this.deliveries.idle();
    if (this.tool.signal.aborted) throw new Interrupted();
  }

  /** Aborts what still waits, and resolves once nothing is sent any more. */
  async stop(): Promise<void> {
    this.stopped.abort();
    await this.deliveries.idle();
  }

  /** Rejects if the file cannot be written. */
  async keepPlace(): Promise<void> {
    if (this.place.isStarted) await this.file?.keep(() => this.place.offsets);
  }

  summary(): string {
    const { sent, skipped } = this.counts;
    const { givenUp } = this.deliveries;
    const unreadable = skipped > 0 ? `, ${counted(skipped, 'record')} not readable here` : '';
    const left = this.hasGivenUp ? `; given up on ${[...givenUp].slice(0, 10).join(', ')}` : '';
    return `${counted(sent, 'event')} sent${unreadable}${left}.`;
  }

  private wanted(record: SourceRecord): ContactSyncEvent | undefined {
    if (!isOfSubject(this.options)(record)) return undefined;
    const shown = readRecord(record);
    if (shown.kind === 'unreadable' || shown.kind === 'unknown') this.counts.skipped++;
    if (shown.kind !== 'event' || !isOfType(this.options)(shown)) return undefined;
    // What is shown hides more than a URL needs hidden.
    const decoded = decodeRecord(record);
    return decoded.kind === 'event' ? decoded.event : undefined;
  }

  private show(record: SourceRecord, attempt: Attempt): void {
    const shown = readRecord(record);
    if (this.options.json) printJson(this.tool, forwardJson(shown, attempt));
    else print(this.tool, forwardLine(shown, attempt, paintFor(this.tool.stdout)));
  }
}
