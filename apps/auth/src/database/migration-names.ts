/** All migrations, in the order of application. A set-up that finds them applied loads none of them. */
export const MIGRATION_NAMES = [
  '0001-create-portal-logins',
  '0002-create-portal-sessions',
  '0003-create-parked-records',
  '0004-create-dead-letter-outcomes',
  '0005-create-marking-starts',
  '0006-add-log-to-consumer-offsets',
  '0007-count-attempts-by-address',
  '0008-create-audit',
  '0009-index-attempts-by-email',
  '0010-mark-failed-attempts',
] as const;

export type MigrationName = (typeof MIGRATION_NAMES)[number];
