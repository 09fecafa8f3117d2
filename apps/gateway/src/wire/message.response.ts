import Type, { type Static } from 'typebox';

/** The body of an answer that has nothing else to show. */
export const MessageSchema = Type.Object(
  { message: Type.String({ description: 'What was done, for people.', examples: ['Company deleted.'] }) },
  { title: 'Message' },
);
export type Message = Static<typeof MessageSchema>;
