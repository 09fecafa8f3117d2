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
  if (field === 'tags') return contact.tags.map(({ name }) => name);
  return [valueOf(contact, field)];
}

function valueOf(contact: ContactSnapshot, field: string): Value {
  if (field === 'company.name') return contact.company?.name ?? null;
  const value = contact[field as keyof ContactSnapshot] as Value;
  if (value === null || typeof value === 'boolean') return value;
  if (NUMBERS.includes(field)) return Number(value);
  return TIMES.includes(field) ? Date.parse(String(value)) : String(value);
}

type Fold = (text: string) => string;

/** What makes two names one tag, and two emails one login: at the end of a word the small sigma is another one. */
const key: Fold = (text) => text.toLowerCase();

/** Without case: both small sigmas are one letter. */
const folded: Fold = (text) => key(text).replaceAll('ς', 'σ');

function foldOf(field: string, operator: string): Fold {
  const asKeys = field === 'tags' ? operator !== 'contains' : field === 'email' && ['eq', 'in'].includes(operator);
  return asKeys ? key : folded;
}

const foldValue = (value: Value, fold: Fold): Value => (typeof value === 'string' ? fold(value) : value);

/** Equality and searches ignore what cannot be seen, unless nothing else is left. */
const visible = (wanted: string): string =>
  wanted.replaceAll('\u200b', '').trim() === '' ? wanted : wanted.replaceAll('\u200b', '');

function meets(value: Value, operator: string, given: string, field: string): boolean {
  const fold = foldOf(field, operator);
  const wanted = ['eq', 'contains'].includes(operator) ? visible(given) : given;
  if (operator === 'set') return true;
  if (operator === 'contains') return fold(textOf(value, field)).includes(fold(wanted));
  const own = foldValue(value, fold);
  if (operator === 'in') return itemsOf(given).some((part) => foldValue(read(visible(part), value, field), fold) === own);
  const sign = compare(own, foldValue(read(wanted, value, field), fold));
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
  TIMES.includes(field) ? new Date(Number(value)).toISOString() : String(value);

function read(text: string, like: Value, field: string): Value {
  if (typeof like === 'boolean') return text === 'true' || text === '1';
  if (TIMES.includes(field)) return Date.parse(text);
  return NUMBERS.includes(field) ? Number(text) : text.trim();
}

function order(a: ContactSnapshot, b: ContactSnapshot, { field, descending }: ModelSort): number {
  const [left = null, right = null] = [a, b].map((contact) => foldValue(valueOf(contact, field), folded));
  if (left === null || right === null) return Number(left === null) - Number(right === null);
  return descending ? -compare(left, right) : compare(left, right);
}

/** Compares strings by code points. */
function compare(a: Value, b: Value): number {
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return Number(a) - Number(b);
}
