/** Migrations that break the promise to the former release, and the answers that a run must then count as violations. */
export const DEFECTS: Readonly<Record<string, { title: string; sql: string }>> = {
  'not-null': {
    title: 'a column that the former release does not write must have a value',
    sql: `delete from idempotency_key where meaning is null; alter table idempotency_key alter column meaning set not null`,
  },
};
