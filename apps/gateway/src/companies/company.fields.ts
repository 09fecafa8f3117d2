import { tagList } from '../tags/tag-names.dto.js';
import { dtoOf, requiredText, text } from '../wire/fields.js';
import { CompanySchema } from './company.response.js';

const MAX_NOTES = 5_000;

/** The writable fields of a company, by wire name. A new field is a row here, a column, and a property of the answer. */
export const COMPANY_BODY_FIELDS = {
  name: requiredText({ example: 'Acme Corp' }),
  phone: text({ example: '+1 555 0100' }),
  address: text({ example: '1 Main Street' }),
  address_line_2: text({ example: 'Suite 5' }),
  city: text({ example: 'Springfield' }),
  state: text({ example: 'IL' }),
  postal_code: text({ example: '62701' }),
  country: text({ example: 'US' }),
  notes: text({ example: 'Pays late.', maxLength: MAX_NOTES }),
  tags: tagList({ description: 'Replaces the tags.' }),
};

/** The names and rules of a company's body. A company that was read may be sent back unchanged. */
export const CompanyBodyDto = dtoOf(COMPANY_BODY_FIELDS, Object.keys(CompanySchema.properties));
