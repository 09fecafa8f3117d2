import { p } from '@mikro-orm/postgresql';
import { namesOfKind, propertyOf, type Fields, type NamesOfKind, type PropertyName } from './fields.js';

const textColumn = (name: string) => p.text().fieldName(name).nullable();

/** The columns of a table's plain texts, by property: each has its wire name. */
export const textColumns = <F extends Fields>(fields: F) =>
  Object.fromEntries(namesOfKind(fields, 'text').map((name) => [propertyOf(name), textColumn(name)])) as Record<
    PropertyName<NamesOfKind<F, 'text'>>,
    ReturnType<typeof textColumn>
  >;
