import Type, { type Static } from 'typebox';
import { EXAMPLE_COMPANY } from './company.example.js';
import { CompanySchema, type CompanyField, type CompanySnapshot } from './company.schema.js';

const companyId = Type.Integer({ minimum: 1, description: 'Company id; also the record key.', examples: [456] });
const version = Type.Integer({
  minimum: 1,
  description:
    'Version of the company after the change: 1, 2, 3 … without a hole. A company from before this topic is at version 1, so its first event can be of version 2.',
  examples: [3],
});

const wholeCompany = {
  ...CompanySchema,
  description: 'The whole company after the change.',
  examples: [EXAMPLE_COMPANY],
};

export const CompanyCreatedSchema = Type.Object(
  {
    company_id: companyId,
    version,
    changed: Type.Array(Type.String(), {
      description: 'Every top-level name of `company` but `version` and `updated_at`; may gain values.',
      examples: [['id', 'name', 'status', 'created_at']],
    }),
    company: wholeCompany,
  },
  { $id: 'urn:contact-sync:schemas:CompanyCreated:v1', title: 'CompanyCreated', description: 'A company was created.' },
);

export const CompanyUpdatedSchema = Type.Object(
  {
    company_id: companyId,
    version,
    changed: Type.Array(Type.String(), {
      minItems: 1,
      description:
        'Every top-level name of `company` whose value this transaction changed, derived ones too; `version` and `updated_at` never. May gain values.',
      examples: [['name']],
    }),
    before: Type.Record(Type.String(), Type.Unknown(), {
      description: 'The former values of exactly the changed names, in the form they have in `company`.',
      examples: [{ name: 'Acme' }],
    }),
    company: wholeCompany,
  },
  {
    $id: 'urn:contact-sync:schemas:CompanyUpdated:v1',
    title: 'CompanyUpdated',
    description: 'One transaction changed a company or its set of tags.',
  },
);

export const CompanyDeletedSchema = Type.Object(
  { company_id: companyId, version },
  {
    $id: 'urn:contact-sync:schemas:CompanyDeleted:v1',
    title: 'CompanyDeleted',
    description: 'A company was deleted; the contacts that lost a place there changed on their own topic before.',
  },
);

/** Data of a `CompanyCreated` event. */
export type CompanyCreated = Omit<Static<typeof CompanyCreatedSchema>, 'changed'> & { changed: CompanyField[] };
/** Data of a `CompanyUpdated` event. */
export type CompanyUpdated = Omit<Static<typeof CompanyUpdatedSchema>, 'changed' | 'before'> & {
  changed: CompanyField[];
  before: Partial<CompanySnapshot>;
};
/** Data of a `CompanyDeleted` event. */
export type CompanyDeleted = Static<typeof CompanyDeletedSchema>;
