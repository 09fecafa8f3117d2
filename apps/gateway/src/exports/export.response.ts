import Type, { type TSchema } from 'typebox';

const END = Type.Object(
  { end: Type.Object({ count: Type.Integer({ minimum: 0 }) }) },
  { title: 'ExportEnd', description: 'The last line: how many rows there were. Where it is missing the stream was cut.' },
);

/** A line of an export. */
export const exportLine = (row: TSchema, title: string): TSchema =>
  Type.Union([row, END], { title, description: 'One line: a row, or the end.' });

/** The other form of an export, in words. */
export const CSV_FORM =
  'RFC 4180 with a header row, for people: the scalar fields, `company.name` of a contact, and `tags` with commas between. A text that a spreadsheet takes for a formula begins with an apostrophe.';
