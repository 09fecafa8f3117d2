import type { ContactSnapshot } from '#app/contracts';
import { CONTACT_INTEGERS, CONTACT_TIMES as TIMES } from './contact.contract.js';

/** A filter in its parts. */
export interface ModelFilter {
  field: string;
  operator: string;
  /** The value as the query has it. */
  value: string;
}

/** A field to sort by. */
export interface ModelSort {
  field: string;
  descending: boolean;
}

type Value = string | number | boolean | null;

/** Ids are strings in a contact, and are compared as numbers. */
const NUMBERS = ['id', 'company_id', ...CONTACT_INTEGERS];

/** A model of the lists' contract: it reads every contact and has no index. */
export function modelList(
  contacts: readonly ContactSnapshot[],
  filters: readonly ModelFilter[],
  sort: readonly ModelSort[],
): string[] {
  return contacts
    .filter((contact) => filters.every((filter) => holds(contact, filter)))
    .sort((a, b) => sort.map((key) => order(a, b, key)).find((sign) => sign !== 0) ?? Number(a.id) - Number(b.id))
    .map(({ id }) => id);
}

function holds(contact: ContactSnapshot, { field, operator, value }: ModelFilter): boolean {
  const negated = ['neq', 'notin', 'notcontains', 'notset'].includes(operator);
  const positive = operator === 'neq' ? 'eq' : operator.replace(/^not/, '');
  const some = valuesOf(contact, field).some((candidate) => candidate !== null && meets(candidate, positive, value, field));
  return some !== negated;
}

/** The values of a contact that a filter compares; with several values, any of them may match. */
function valuesOf(contact: ContactSnapshot, field: string): Value[] {
  if (field === 'company_id') return contact.companies.map(({ id }) => id);
  if (field === 'tags') return contact.tags.map(({ name }) => name.toLowerCase());
  return [sortedBy(contact, field)];
}

function sortedBy(contact: ContactSnapshot, field: string): Value {
  if (field === 'company.name') return contact.company?.name.toLowerCase() ?? null;
  const value = contact[field as keyof ContactSnapshot] as Value;
  if (value === null || typeof value === 'boolean') return value;
  if (NUMBERS.includes(field)) return Number(value);
  return TIMES.includes(field) ? Date.parse(String(value)) : String(value).toLowerCase();
}

function meets(value: Value, operator: string, wanted: string, field: string): boolean {
  if (operator === 'set') return true;
  if (operator === 'contains') return textOf(value, field).includes(wanted.toLowerCase());
  const others = itemsOf(wanted).map((part) => read(part, value, field));
  if (operator === 'in') return others.includes(value);
  const sign = compare(value, read(wanted, value, field));
  return { eq: sign === 0, gt: sign > 0, gte: sign >= 0, lt: sign < 0, lte: sign <= 0 }[operator]!;
}

/** `\,` is a comma and `\\` a backslash within an item. */
const itemsOf = (list: string): string[] =>
  list
    .replaceAll('\\\\', '\u0001')
    .replaceAll('\\,', '\u0002')
    .split(',')
    .map((item) => item.replaceAll('\u0001', '\\').replaceAll('\u0002', ','));

const textOf = (value: Value, field: string): string =>
  TIMES.includes(field) ? new Date(Number(value)).toISOString().toLowerCase() : String(value);

function read(text: string, like: Value, field: string): Value {
  if (typeof like === 'boolean') return text === 'true' || text === '1';
  if (TIMES.includes(field)) return Date.parse(text);
  return NUMBERS.includes(field) ? Number(text) : text.trim().toLowerCase();
}

function order(a: ContactSnapshot, b: ContactSnapshot, { field, descending }: ModelSort): number {
  const [left, right] = [sortedBy(a, field), sortedBy(b, field)];
  if (left === null || right === null) return Number(left === null) - Number(right === null);
  return descending ? -compare(left, right) : compare(left, right);
}

/** Compares strings by code points. */
function compare(a: Value, b: Value): number {
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return Number(a) - Number(b);
}
