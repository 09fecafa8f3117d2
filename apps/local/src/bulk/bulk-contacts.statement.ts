/** Names in the form that email addresses use. */
const FIRST_NAMES = [
  ...[
    'Ada',
    'Aisha',
    'Amélie:amelie',
    'Anna',
    'Björn:bjorn',
    'Carlos',
    'Chen',
    'Chloë:chloe',
    'Daniel',
    'Elena',
    'Emil',
    'Fatima',
  ],
  ...['Grace', 'Hanna', 'Ivan', 'Jakub', 'João:joao', 'John', 'Kenji', 'Laura', 'Liam', 'Lucía:lucia', 'Maria', 'Mateo', 'Mei'],
  ...[
    'Mikko',
    'Noah',
    'Nora',
    'Olga',
    'Omar',
    'Priya',
    'Rosa',
    'Samir',
    'Sofia',
    'Søren:soren',
    'Tariq',
    'Uma',
    'Victor',
    'Yuki',
    'Zoë:zoe',
  ],
];
const NAME_STARTS = [
  ...[
    'Ander',
    'Ash',
    'Bar',
    'Berg',
    'Black',
    'Brad',
    'Castel',
    'Clay',
    'Dal',
    'East',
    'Fair',
    'Fern',
    'Gold',
    'Green',
    'Hart',
    'Hazel',
  ],
  ...[
    'High',
    'Holm',
    'Kerr',
    'Kings',
    'Lang',
    'Lind',
    'Long',
    'March',
    'Mer',
    'Mill',
    'Nor',
    'Oak',
    'Pem',
    'Quin',
    'Red',
    'Rose',
    'Sand',
  ],
  ...['Stan', 'Sun', 'Thorn', 'Under', 'Wal', 'West', 'Win'],
];
const NAME_ENDS = [
  ...[
    'bach',
    'berry',
    'born',
    'bridge',
    'brook',
    'burn',
    'by',
    'cliff',
    'combe',
    'cott',
    'croft',
    'dale',
    'den',
    'feld',
    'field',
    'ford',
  ],
  ...[
    'garde',
    'gate',
    'grove',
    'ham',
    'haus',
    'hill',
    'holt',
    'hurst',
    'land',
    'ley',
    'lund',
    'mann',
    'mark',
    'mere',
    'more',
    'mount',
  ],
  ...[
    'ridge',
    'sen',
    'shaw',
    'side',
    'son',
    'stad',
    'stead',
    'stone',
    'strand',
    'ström',
    'sund',
    'thorpe',
    'ton',
    'vale',
    'vik',
    'wald',
    'ward',
    'wood',
  ],
];
const TRADES = ['Tools', 'Logistics', 'Foods', 'Textiles', 'Metals', 'Paper', 'Optics', 'Marine', 'Timber', 'Supplies'];
const TAGS = [
  'sales',
  'purchasing',
  'warehouse',
  'receiving',
  'key account',
  'accounting',
  'returns',
  'export',
  'trial',
  'newsletter',
];

/** Contacts of one company. */
const CONTACTS_PER_COMPANY = 10;

/** Makes the tags of bulk contacts, unless they exist. */
export const BULK_TAGS = `insert into tag (name, name_key) select name, name from unnest(${list(TAGS)}) name on conflict (name_key) do nothing`;

/**
 * Makes the contacts number $1 to $2 and a company for each ten of them, in one statement.
 *
 * A contact's values depend only on its number, so that figures of two databases can be compared. Each tenth contact has a second
 * company, each tenth no email, three of four a tag. The domains are reserved (RFC 2606); a lower-case ASCII address is its own key.
 */
export const BULK_CONTACTS = `
  with numbers as materialized (
    select n, ${draw('contact')} as id, (n - $1::bigint) / ${CONTACTS_PER_COMPANY} as slot, n % ${CONTACTS_PER_COMPANY} = 0 as special
    from generate_series($1::bigint, $2::bigint) n),
  slots as materialized (
    select slot, min(n) as n, ${draw('company')} as company_id from numbers group by slot),
  people as materialized (
    select n, id, slot, special,
      ${pick(FIRST_NAMES, 1)} as first, ${pick(NAME_STARTS, 2)} || ${pick(NAME_ENDS, 3)} as last,
      date_trunc('day', now()) - ${hash(4)} % (3 * 365 * 86400) * interval '1 second' as made_at
    from numbers),
  companies as (
    insert into company (id, name, city, country, created_at, updated_at) overriding system value
    select company_id, ${pick(NAME_STARTS, 5)} || ${pick(NAME_ENDS, 6)} || ' ' || ${pick(TRADES, 7)} || ' ' || n,
      ${pick(NAME_STARTS, 8)} || 'ton', ${pick(['US', 'GB', 'DE', 'FI', 'ES', 'JP'], 9)}, date_trunc('day', now()), date_trunc('day', now())
    from slots),
  contacts as (
    insert into contact (id, version, first_name, last_name, email, email_key, phone_1, created_at, updated_at) overriding system value
    select id, 1, split_part(first, ':', 1), last, address, address, '555-' || lpad((n % 10000000)::text, 7, '0'), made_at, made_at
    from people, lateral (
      select case when not special then
        lower(coalesce(nullif(split_part(first, ':', 2), ''), first)) || '.' || translate(lower(last), 'ö', 'o') || '.' || n || '@example.com'
      end as address) as addressed),
  places as (
    insert into contact_company (contact_id, company_id, position, is_primary, receive_quotation_pdf,
      receive_purchase_order_pdf, receive_purchase_order_invoice_pdf)
    select p.id, s.company_id, 0, p.n = s.n, p.n % 2 = 0, p.n % 3 = 0, false
    from people p join slots s using (slot)
    union all
    select p.id, s.company_id, 1, false, false, false, false
    from people p join slots s on s.slot = p.slot + 1 where p.special)
  insert into contact_tag (contact_id, tag_id)
  select p.id, t.id from people p join tag t on t.name_key = (${list(TAGS)})[1 + ${hash(12)} % ${TAGS.length}] where ${hash(13)} % 4 > 0`;

function list(words: readonly string[]): string {
  return `'{${words.map((word) => `"${word}"`).join(',')}}'::text[]`;
}

/** A number that depends on the contact's number and on its use. */
function hash(use: number): string {
  return `(hashint8extended(n, ${use}) & 2147483647)`;
}

function pick(words: readonly string[], use: number): string {
  return `(${list(words)})[1 + ${hash(use)} % ${words.length}]`;
}

function draw(table: string): string {
  return `nextval(pg_get_serial_sequence('${table}', 'id'))`;
}
