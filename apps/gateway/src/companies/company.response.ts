import { CompanySchema as CompanyOfEvents, type CompanySnapshot } from '#app/contracts';
import type { FastifyReply } from 'fastify';
import Type from 'typebox';
import { notYet, PREVIEWED_TAGS } from '../tags/tag.response.js';
import { answered } from '../wire/answered.js';
import { listOf } from '../wire/page.response.js';
import { previewedEvents, type EventPreview } from '../writes/event-preview.js';

/** A company as answers show it. */
export const CompanySchema = Type.Object(answered(CompanyOfEvents).properties, {
  title: 'Company',
  description: 'A company, whole.',
});

/** A company as a dry run shows it. */
const PreviewedCompanySchema = Type.Object(
  { ...CompanySchema.properties, id: notYet(CompanySchema.properties.id, 'Company id'), tags: PREVIEWED_TAGS },
  { title: 'PreviewedCompany', description: 'A company as it would be.' },
);

/** A company as an answer's body. */
export const CompanyAnswerSchema = Type.Object({ data: CompanySchema }, { title: 'CompanyAnswer' });

/** The body that a write of a company answers. */
export const WrittenCompanySchema = Type.Union(
  [
    CompanyAnswerSchema,
    Type.Object(
      { data: PreviewedCompanySchema, events: previewedEvents },
      { title: 'CompanyPreview', description: 'What a dry run answers: nothing was stored.' },
    ),
  ],
  {
    title: 'WrittenCompany',
    description: 'The company; of a dry run the company as it would be, and the events that would follow.',
  },
);

/** The body that the deletion of a company answers. */
export const DeletedCompanySchema = Type.Object(
  { message: Type.String({ examples: ['Company deleted.'] }), events: Type.Optional(previewedEvents) },
  { title: 'DeletedCompany', description: '`events` in a dry run alone.' },
);

/** A page of companies. */
export const CompanyListSchema = listOf(CompanySchema, 'CompanyList');

/** A company as an answer's body; a dry run adds its events. */
export interface CompanyAnswer {
  data: CompanySnapshot;
  events?: EventPreview[];
}

/** What a write answers in headers. */
interface Written {
  /** Absent in a result that an earlier release stored. */
  version?: number | undefined;
  events?: EventPreview[] | undefined;
}

/** Answers with a company, and its version in a header. */
export function answerCompany(
  reply: FastifyReply,
  { events, ...data }: CompanySnapshot & { events?: EventPreview[] },
): CompanyAnswer {
  return answerWrite(reply, { version: data.version, events }, { data });
}

/** Sets the headers of every answer about one company. */
export function answerWrite<Body extends object>(
  reply: FastifyReply,
  { version, events }: Written,
  body: Body,
): Body & { events?: EventPreview[] } {
  if (version !== undefined) void reply.header('etag', `"${version}"`);
  if (!events) return body;
  void reply.header('preference-applied', 'dry-run');
  return { ...body, events };
}
