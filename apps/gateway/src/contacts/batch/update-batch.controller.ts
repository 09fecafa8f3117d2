import { Body, Controller, HttpCode, Logger, Post, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { apiErrorOf, errorBody } from '#app/http';
import type { ContactSnapshot } from '#app/contracts';
import type { FastifyReply } from 'fastify';
import { BASE_PATH } from '../../wire/base-path.js';
import { errorAnswer } from '../../wire/error-answer.js';
import { RequireScope } from '../../callers/scope.decorator.js';
import { WriteTerms } from '../../writes/write-terms.decorator.js';
import { Answers } from '../../wire/answers.decorator.js';
import { Takes } from '../../wire/bodies.decorator.js';
import type { EventPreview } from '../../writes/event-preview.js';
import { WriteBus } from '../../writes/write-bus.js';
import { BATCH_DEADLINE_MS, Deadline } from '../../wire/deadline.js';
import { integer } from '../../wire/values.js';
import type { WriteRequest } from '../../writes/write-request.js';
import { contactErrorOf, ContactNotFound } from '../contact.errors.js';
import { Rehearsal } from '../update/rehearsal.js';
import { UpdateContactCommand } from '../update/update-contact.command.js';
import type { WrittenContact } from '../written-contact.js';
import { BatchAnswerSchema } from './batch.answer.js';
import { BATCH_EXAMPLES, readBatch, readBatchItem, UpdateBatchDto, type ReadBatchItem } from './update-batch.dto.js';

/** The result of one item: the contact, or an error's body. */
type ItemAnswer =
  | { status: 200; data: ContactSnapshot; portal_login_version?: number; events?: EventPreview[] }
  | ({ status: number; retry_after?: number } & Record<string, unknown>);

/** What the items of a batch share. */
interface BatchTerms {
  whole: Deadline;
  rehearsal: Rehearsal | undefined;
  /** An item without an answer can still hold the batch's key: what it does in the database goes on. Undefined where none had no answer. */
  untilKeyIsFree: Promise<void> | undefined;
}

/** Most items under a key that run together: an idle gateway takes so many into one transaction. */
const MOST_UNDER_A_KEY = 16;
/** Fields whose change another contact's can depend on: emails are claimed, tags and primary flags are shared. */
const DEPENDENT: ReadonlySet<string> = new Set(['email', 'password', 'company_id', 'company_ids', 'is_primary', 'tags']);

@ApiTags('contacts')
@Controller(`${BASE_PATH.slice(1)}/contacts/batch`)
export class UpdateBatchController {
  private readonly logger = new Logger(UpdateBatchController.name);

  constructor(private readonly writes: WriteBus) {}

  @Post()
  @HttpCode(207)
  @RequireScope('contacts:write')
  @ApiOperation({
    operationId: 'updateContacts',
    summary: 'Update up to 100 contacts, each on its own',
    description: 'Served in order, each in a transaction of its own: one that is refused stops none of the others.',
  })
  @Takes(UpdateBatchDto, BATCH_EXAMPLES)
  @Answers(207, BatchAnswerSchema, 'What became of each item, in their order.')
  async update(
    @Body() body: Record<string, unknown> | undefined,
    @WriteTerms('dry-runs', 'unconditional') request: WriteRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<{ data: ItemAnswer[] }> {
    const { items, errors } = readBatch(body ?? {}, request);
    // Kept items are served whatever the terms are; the terms' errors then refuse each of the others.
    const allErrors = { ...errors, ...(request.key?.kept.size ? {} : request.errors) };
    if (Object.keys(allErrors).length > 0) throw contactErrorOf(allErrors);
    if (request.dryRun) void reply.header('preference-applied', 'dry-run');
    // A hundred items that each wait for a silent database would hold their caller for minutes.
    const whole = new Deadline(BATCH_DEADLINE_MS);
    // The first item's time has begun with the request's.
    const read = (item: Record<string, unknown>, index: number) =>
      readBatchItem(item, index === 0 ? request : { ...request, deadline: new Deadline() }, index);
    const rehearsal = request.dryRun ? new Rehearsal() : undefined;
    const data: ItemAnswer[] = [];
    for (let from = 0; from < items.length;) {
      const end = endOfGroup(items, from, request);
      // Looked at once for all: each look holds the key's lock for a moment itself.
      const isHeld = request.key !== undefined && data.some(({ status }) => status === 503);
      const untilKeyIsFree = isHeld ? this.writes.untilKeyIsFree({ ...request, deadline: new Deadline() }) : undefined;
      // No item may come so far as to wait for it.
      untilKeyIsFree?.catch(() => undefined);
      const group = items
        .slice(from, end)
        .map((item, index) => this.answerItem(read(item, from + index), { whole, rehearsal, untilKeyIsFree }));
      data.push(...(await Promise.all(group)));
      from = end;
    }
    return { data };
  }

  private async answerItem(
    { contactId, patch, errors, request }: ReadBatchItem,
    { whole, rehearsal, untilKeyIsFree }: BatchTerms,
  ): Promise<ItemAnswer> {
    try {
      whole.assertNotOver();
      if (Number.isNaN(contactId) && !Object.hasOwn(errors, 'id')) throw new ContactNotFound();
      await untilKeyIsFree;
      return answerOf(await this.writes.execute(new UpdateContactCommand(contactId, patch, errors, request, rehearsal)));
    } catch (error) {
      const answer = apiErrorOf(error, errorAnswer);
      if (answer.status >= 500) this.logger.warn({ msg: 'An item of a batch failed.', item: request.item, err: error });
      const retryAfter = answer.headers['Retry-After'];
      return { status: answer.status, ...errorBody(answer), ...(retryAfter ? { retry_after: Number(retryAfter) } : {}) };
    }
  }
}

const answerOf = ({ contact, loginVersion, events }: WrittenContact): ItemAnswer => ({
  status: 200,
  data: contact,
  ...(loginVersion > 0 ? { portal_login_version: loginVersion } : {}),
  ...(events ? { events } : {}),
});

/**
 * Where the items end that run together with the one at `from`: they share transactions, as concurrent requests do. An item that can
 * depend on an earlier one runs alone, and a contact's next item begins a group. Each item of a dry run runs alone. Those under a key
 * share its lock, so no more of them begin at once than one transaction takes.
 */
function endOfGroup(items: readonly Record<string, unknown>[], from: number, { key, dryRun }: WriteRequest): number {
  let end = from;
  const last = dryRun ? from : Math.min(items.length, key ? from + MOST_UNDER_A_KEY : items.length);
  const ids = new Set<unknown>();
  while (end < last && isIndependent(items[end]!, ids)) ids.add(integer(items[end++]!['id']));
  return Math.max(end, from + 1);
}

const isIndependent = (item: Record<string, unknown>, earlier: ReadonlySet<unknown>): boolean =>
  !earlier.has(integer(item['id'])) && Object.keys(item).every((name) => !DEPENDENT.has(name));
