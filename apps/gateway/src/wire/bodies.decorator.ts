import type { Type } from '@nestjs/common';
import { ApiBody } from '@nestjs/swagger';

/** Example bodies of an operation, by what they do. */
type BodyExamples = Readonly<Record<string, object>>;

/** The body that an operation takes; an optional one may be left out. */
export const Takes = (type: Type, examples: BodyExamples, { optional = false } = {}): MethodDecorator =>
  ApiBody({
    type,
    required: !optional,
    examples: Object.fromEntries(Object.entries(examples).map(([summary, value]) => [nameOf(summary), { summary, value }])),
  });

const nameOf = (summary: string): string => summary.toLowerCase().replace(/[^a-z0-9]+/g, '-');
