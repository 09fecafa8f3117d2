/** All migrations, in the order of application. A set-up that finds them applied loads none of them. */
export const MIGRATION_NAMES = [
  '0001-create-contacts',
  '0002-create-outbox',
  '0003-create-api-tokens',
  '0004-add-contact-email-key',
  '0005-create-company-tags',
  '0006-create-idempotency-keys',
  '0007-create-contact-history',
  '0008-index-lists',
  '0009-complete-api-tokens',
  '0010-add-meaning-of-kept-requests',
  '0011-create-audit',
  '0012-version-companies',
  '0013-lengthen-pending-list',
  '0014-identify-row-counts',
  '0015-let-the-app-clean-trigrams',
  '0016-close-companies',
  '0017-forget-history-by-trigger',
  '0018-erase-contacts-in-parts',
  '0019-limit-pending-lists-by-session',
  '0020-drop-cleaning-of-trigrams',
] as const;

export type MigrationName = (typeof MIGRATION_NAMES)[number];
