/** The request of an update, with the token and a password left out. */
export const curlOfUpdate = ({ gatewayUrl }, id, changes) => {
  const shown = 'password' in changes ? { ...changes, password: '…' } : changes;
  return `curl -s -X PATCH ${quoted(`${gatewayUrl}/contacts/${id}`)} \\
  -H "Authorization: Bearer $API_TOKEN" -H 'Content-Type: application/json' \\
  -d ${quoted(JSON.stringify(shown))}`;
};

/** The request that makes an update's change again; for other records, the one that reads their subject. */
export function curlOf(info, { name, data, contact_id, company_id }) {
  if (name === 'ContactUpdated') {
    const changes = requestOf(data);
    if (Object.keys(changes).length > 0) return curlOfUpdate(info, contact_id, changes);
  }
  const path = company_id ? `companies/${company_id}` : `contacts/${contact_id}`;
  return `curl -s ${quoted(`${info.gatewayUrl}/${path}`)} -H "Authorization: Bearer $API_TOKEN"`;
}

/** The command that reads exactly this record. */
export const kcatOf = ({ broker }, { topic, partition, offset }) =>
  `kcat -b ${quoted(broker)} -C -q -t ${topic} -p ${partition} -o ${offset} -c 1 -f '%h\\n%k %s\\n'`;

/** What a request does not set, or sets in another form. */
const NOT_PLAIN = new Set([
  ...['id', 'created_at', 'status', 'full_name', 'phone', 'has_portal_login'],
  ...['company_id', 'company', 'companies', 'tags'],
]);

function requestOf({ contact, changed, before }) {
  const [formerCompanies, companies] = [before.companies ?? contact.companies, contact.companies].map(idsOf);
  return {
    ...Object.fromEntries(changed.filter((name) => !NOT_PLAIN.has(name)).map((name) => [name, contact[name]])),
    ...(String(companies) !== String(formerCompanies) && { company_ids: companies }),
    ...(changed.includes('tags') && { tags: contact.tags.map(({ name }) => name) }),
  };
}

const idsOf = (companies) => companies.map(({ id }) => id);

/** For a shell, which takes the brackets of an IPv6 address for a pattern. */
const quoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;
