import type { Migration } from '@mikro-orm/migrations';
import type { MigrationName } from './migration-names.js';
import { CreateContacts } from './migrations/0001-create-contacts.js';
import { CreateOutbox } from './migrations/0002-create-outbox.js';
import { CreateApiTokens } from './migrations/0003-create-api-tokens.js';
import { AddContactEmailKey } from './migrations/0004-add-contact-email-key.js';
import { CreateCompanyTags } from './migrations/0005-create-company-tags.js';
import { CreateIdempotencyKeys } from './migrations/0006-create-idempotency-keys.js';
import { CreateContactHistory } from './migrations/0007-create-contact-history.js';
import { IndexLists } from './migrations/0008-index-lists.js';
import { AddMeaningOfKeptRequests } from './migrations/0010-add-meaning-of-kept-requests.js';
import { CompleteApiTokens } from './migrations/0009-complete-api-tokens.js';
import { CreateAudit } from './migrations/0011-create-audit.js';
import { VersionCompanies } from './migrations/0012-version-companies.js';
import { LengthenPendingList } from './migrations/0013-lengthen-pending-list.js';
import { IdentifyRowCounts } from './migrations/0014-identify-row-counts.js';
import { LetTheAppCleanTrigrams } from './migrations/0015-let-the-app-clean-trigrams.js';
import { CloseCompanies } from './migrations/0016-close-companies.js';
import { ForgetHistoryByTrigger } from './migrations/0017-forget-history-by-trigger.js';
import { EraseContactsInParts } from './migrations/0018-erase-contacts-in-parts.js';
import { LimitPendingListsBySession } from './migrations/0019-limit-pending-lists-by-session.js';
import { DropCleaningOfTrigrams } from './migrations/0020-drop-cleaning-of-trigrams.js';

/** In the order of application. A released migration never changes. */
export const migrations = [
  { name: '0001-create-contacts', class: CreateContacts },
  { name: '0002-create-outbox', class: CreateOutbox },
  { name: '0003-create-api-tokens', class: CreateApiTokens },
  { name: '0004-add-contact-email-key', class: AddContactEmailKey },
  { name: '0005-create-company-tags', class: CreateCompanyTags },
  { name: '0006-create-idempotency-keys', class: CreateIdempotencyKeys },
  { name: '0007-create-contact-history', class: CreateContactHistory },
  { name: '0008-index-lists', class: IndexLists },
  { name: '0009-complete-api-tokens', class: CompleteApiTokens },
  { name: '0010-add-meaning-of-kept-requests', class: AddMeaningOfKeptRequests },
  { name: '0011-create-audit', class: CreateAudit },
  { name: '0012-version-companies', class: VersionCompanies },
  { name: '0013-lengthen-pending-list', class: LengthenPendingList },
  { name: '0014-identify-row-counts', class: IdentifyRowCounts },
  { name: '0015-let-the-app-clean-trigrams', class: LetTheAppCleanTrigrams },
  { name: '0016-close-companies', class: CloseCompanies },
  { name: '0017-forget-history-by-trigger', class: ForgetHistoryByTrigger },
  { name: '0018-erase-contacts-in-parts', class: EraseContactsInParts },
  { name: '0019-limit-pending-lists-by-session', class: LimitPendingListsBySession },
  { name: '0020-drop-cleaning-of-trigrams', class: DropCleaningOfTrigrams },
] satisfies { name: MigrationName; class: typeof Migration }[];
