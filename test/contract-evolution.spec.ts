import { describe, expect, it } from '@jest/globals';
import Type, { type TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { breaksOf } from './contract-breaks.js';

// The way in which a field comes in, shown on an event that isn't ours.
const TicketSchema = Type.Object({ contact_id: Type.Integer(), version: Type.Integer({ minimum: 1 }), subject: Type.String() });
const TicketWithPrioritySchema = Type.Object({
  ...TicketSchema.properties,
  priority: Type.Optional(Type.String({ description: 'Absent in events from before it came in.', examples: ['high'] })),
});

const oldEvent = { contact_id: 1, version: 1, subject: 'Broken pump' };
const newEvent = { ...oldEvent, version: 2, priority: 'high' };
const read = <T>(schema: TSchema, data: object, project: (data: T) => string): string => {
  const json = JSON.parse(JSON.stringify(data)) as T;
  expect(Compile(schema).Errors(json)).toEqual([]);
  return project(json);
};
const oldConsumer = (data: object) => read<Type.Static<typeof TicketSchema>>(TicketSchema, data, ({ subject }) => subject);
const newConsumer = (data: object) =>
  read<Type.Static<typeof TicketWithPrioritySchema>>(
    TicketWithPrioritySchema,
    data,
    ({ subject, priority = 'normal' }) => `${subject} (${priority})`,
  );

describe('a new optional field', () => {
  it('is no break', () => expect(breaksOf(TicketSchema, TicketWithPrioritySchema)).toEqual([]));

  it('is passed over by an old consumer of new events', () => {
    expect([oldConsumer(oldEvent), oldConsumer(newEvent)]).toEqual(['Broken pump', 'Broken pump']);
  });

  it('is missing, and no fault, for a new consumer of old events', () => {
    expect([newConsumer(oldEvent), newConsumer(newEvent)]).toEqual(['Broken pump (normal)', 'Broken pump (high)']);
  });

  it('when it is required instead / the check fails, as a new consumer would on old events', () => {
    const Required = Type.Object({ ...TicketSchema.properties, priority: Type.String() });
    expect(breaksOf(TicketSchema, Required)).toEqual(['/priority: is required, and recorded data may lack it']);
    expect(Compile(Required).Check(oldEvent)).toBe(false);
  });
});
