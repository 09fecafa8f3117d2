import type { KeyedPseudonyms } from './keyed-pseudonyms.js';

type Rule = (pseudonyms: KeyedPseudonyms, value: string, column: string) => string;

const EMAIL: Rule = (pseudonyms, value) => pseudonyms.email(value);
const PHONE: Rule = (pseudonyms, value) => pseudonyms.phone(value);
const TEXT: Rule = (pseudonyms, value, column) => pseudonyms.text(column, value);
const CREDENTIAL: Rule = (pseudonyms, value) => pseudonyms.credential(value);
const BYTES: Rule = (pseudonyms, value) => pseudonyms.bytes(value);

/** A table of a dump. A column that neither of the two names stops the dump: what it holds is not known. */
export interface DumpedTable {
  table: string;
  /** Columns that identify nobody. */
  kept: readonly string[];
  replaced: Readonly<Record<string, Rule>>;
}

/** Tables and rules of one app's database. */
export interface DumpedDatabase {
  /** In the order in which rows can be inserted. */
  tables: readonly DumpedTable[];
  /** Tables that a dump leaves empty: they hold former values and answers, or belong to the running system. */
  leftOut: readonly string[];
  /** The table whose `position` was drawn from a sequence of another database. */
  positions?: string;
  /** The sequence from which the other database's positions were drawn; an identity's goes on after its table's greatest. */
  drawsPositions?: string;
}

const TIMES = ['created_at', 'updated_at'];

export const GATEWAY_DUMP: DumpedDatabase = {
  tables: [
    {
      table: 'company',
      kept: ['id', 'version', ...TIMES, 'closed_at'],
      replaced: {
        name: TEXT,
        phone: PHONE,
        address: TEXT,
        address_line_2: TEXT,
        city: TEXT,
        state: TEXT,
        postal_code: TEXT,
        country: TEXT,
        notes: TEXT,
      },
    },
    { table: 'tag', kept: ['id', 'name', 'name_key', 'icon', 'color'], replaced: { description: TEXT } },
    {
      table: 'contact',
      kept: ['id', 'version', 'login_version', 'has_portal_login', ...TIMES],
      replaced: {
        first_name: TEXT,
        last_name: TEXT,
        email: EMAIL,
        email_key: EMAIL,
        phone_1: PHONE,
        phone_2: PHONE,
        receiving_bank_name: TEXT,
        receiving_bank_address: TEXT,
      },
    },
    {
      table: 'contact_company',
      kept: [
        'contact_id',
        'company_id',
        'position',
        'is_primary',
        'receive_quotation_pdf',
        'receive_purchase_order_pdf',
        'receive_purchase_order_invoice_pdf',
      ],
      replaced: {},
    },
    { table: 'contact_tag', kept: ['contact_id', 'tag_id'], replaced: {} },
    { table: 'company_tag', kept: ['company_id', 'tag_id'], replaced: {} },
    { table: 'portal_login', kept: ['contact_id'], replaced: { email: EMAIL, email_key: EMAIL, credential: CREDENTIAL } },
    {
      table: 'api_token',
      kept: [
        'id',
        'scopes',
        'created_at',
        'expires_at',
        'last_used_at',
        'revoked_at',
        'is_seeded',
        'created_by',
        'family_id',
        'forms_family',
        'has_checksum',
      ],
      replaced: { name: TEXT, secret_hash: BYTES },
    },
  ],
  leftOut: [
    'audit_entry',
    'closed_company',
    'contact_event',
    'deleted_contact',
    'idempotency_key',
    'outbox',
    'relay_lease',
    'row_count',
    'token_quota',
  ],
  drawsPositions: 'outbox_id_seq',
};

export const AUTH_DUMP: DumpedDatabase = {
  tables: [
    {
      table: 'portal_login',
      kept: ['contact_id', 'version', 'position', 'removed', 'session_version', 'synced_at'],
      replaced: { email: EMAIL, email_key: EMAIL, credential: CREDENTIAL },
    },
  ],
  leftOut: [
    'audit_entry',
    'consumer_offset',
    'dead_letter_outcome',
    'known_address',
    'login_attempt',
    'marking_start',
    'parked_record',
    'portal_session',
  ],
  positions: 'portal_login',
};

/** A row of the dump: what identifies somebody is replaced. */
export function pseudonymised(
  { kept, replaced }: DumpedTable,
  row: Readonly<Record<string, unknown>>,
  pseudonyms: KeyedPseudonyms,
): Record<string, unknown> {
  const same = kept.map((column) => [column, row[column]]);
  const others = Object.entries(replaced).map(([column, rule]) => {
    const value = row[column] ?? null;
    return [column, value === null ? null : rule(pseudonyms, value as string, column)];
  });
  return Object.fromEntries([...same, ...others]) as Record<string, unknown>;
}
