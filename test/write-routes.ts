import fc from 'fast-check';
import { CONTACT_TEXTS } from './contact.contract.js';
import type { TestGateway } from './gateway.harness.js';

/*
 * A write that makes a tag is written by the ORM in a transaction of its own, any other one together with others. So two writes that
 * differ by a new tag alone compare both ways, once the tag is left out.
 */

export const text = fc.option(fc.constantFrom('A', 'b', 'ß "quoted" \\ {x,y} NULL', '\u{1f600}', 'a\ttab'), { nil: null });

type PlainText = Exclude<(typeof CONTACT_TEXTS)[number], 'first_name' | 'email'>;
/** A creation needs a first name, and two contacts have two emails. */
const PLAIN_TEXTS = CONTACT_TEXTS.filter((name): name is PlainText => name !== 'first_name' && name !== 'email');

/** Fields that an update and a creation take alike. */
export const FIELDS = {
  ...(Object.fromEntries(PLAIN_TEXTS.map((name) => [name, text])) as Record<PlainText, typeof text>),
  receive_quotation_pdf: fc.boolean(),
  receive_purchase_order_pdf: fc.boolean(),
  receive_purchase_order_invoice_pdf: fc.boolean(),
  is_primary: fc.constant(false),
};

const ONLY_ALONE = /^only alone \d+$/;
let made = 0;

/** Names of tags, and one that does not exist yet. */
export const withNewTag = (names: readonly string[]): string[] => [...names, `only alone ${++made}`];

const withoutNewTag = (tags: readonly { name: string }[]) => tags.filter(({ name }) => !ONLY_ALONE.test(name));

/** What is equal for two contacts with the same writes. */
export const comparable = ({
  id: _id,
  version: _version,
  email: _email,
  created_at: _createdAt,
  updated_at: _updatedAt,
  tags,
  ...rest
}: Record<string, any>) => ({ ...rest, tags: withoutNewTag(tags) });

/** Type, `changed` and `before` of a contact's events, oldest first, without changes of new tags alone. */
export async function changesOf(gateway: TestGateway, id: string): Promise<unknown[]> {
  const { version } = (await gateway.call('GET', `/contacts/${id}`)).body.data;
  const records = await gateway.records('contacts.v1', id, version);
  return records.flatMap(({ headers, value }) => {
    const { changed, before, contact } = JSON.parse(value!);
    const { tags, email: _email, ...others } = before ?? {};
    const former = tags && withoutNewTag(tags);
    const areSame = former && JSON.stringify(former) === JSON.stringify(withoutNewTag(contact.tags));
    const fields = areSame ? changed.filter((name: string) => name !== 'tags') : changed;
    if (fields.length === 0) return [];
    return [
      {
        type: headers['ce_type'],
        changed: fields,
        before: former && !areSame ? { ...others, tags: former } : others,
        contact: comparable(contact),
      },
    ];
  });
}
