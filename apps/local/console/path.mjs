import { get, onLive, post } from './api.mjs';
import { copyButton } from './copy-button.mjs';
import { curlOfUpdate } from './copy.mjs';
import { byId, h, say, show, valueText, whileBusy } from './dom.mjs';
import { changesOf } from './event-changes.mjs';
import { openRecord } from './record.mjs';

const FIELDS = { first_name: 'First name', last_name: 'Last name', email: 'Email', phone_1: 'Phone', tags: 'Tags' };

/** A contact's form, and what an update leads to: the answer, the events, both apps' login. */
export async function openPath(panel, info) {
  const contactChoice = h('select', { id: 'contact' });
  const form = h('form', { class: 'card', id: 'contact-form', autocomplete: 'off' });
  const answer = h('div', { class: 'card', id: 'answer' });
  const events = h('ol', { class: 'plain', id: 'path-events', 'aria-live': 'polite' });
  const logins = h('div', { id: 'logins', 'aria-live': 'polite' });
  let contact = null;
  let request = null;
  /** The records that come before the answer that names their request; null without a request under way. */
  let early = null;

  const isOfRequest = ({ correlation_id }) => request !== null && correlation_id === request;
  const showLogins = async () => show(logins, loginTable(await get(`/api/contacts/${contact.id}/logins`)));
  const choose = async (id) => {
    const { status, body } = await get(`/api/contacts/${id}`);
    if (status !== 200) return say(body?.message ?? 'The gateway does not answer.', true);
    contact = body.data;
    show(form, ...formFields(contact));
    await showLogins();
  };
  const submit = async () => {
    const changes = changesIn(form, contact);
    let records;
    show(events);
    request = null;
    early = [];
    const result = await post(`/api/contacts/${contact.id}`, changes).finally(() => ([records, early] = [early, null]));
    request = result.headers['x-request-id'] ?? null;
    show(
      events,
      records.filter(isOfRequest).map((record) => eventItem(record, info)),
    );
    show(
      answer,
      ...answerView(result),
      copyButton('curl', () => curlOfUpdate(info, contact.id, changes)),
    );
    form.elements.password.value = '';
    if (result.status !== 200) return;
    contact = result.body.data;
    show(form, ...formFields(contact));
    if (!result.headers['portal-login-version']) await showLogins();
  };

  onLive('login', async ({ contactId, version, ms }) => {
    if (String(contactId) !== contact?.id) return;
    const took = ms === null ? 'The login did not come in time.' : `Login version ${version} after ${ms.toFixed(0)} ms`;
    await showLogins();
    logins.append(h('p', { class: 'took', id: 'took' }, took, h('span', { class: 'quiet' }, ' from the answer to the login')));
  });
  onLive('record', (record) => {
    early?.push(record);
    if (isOfRequest(record)) events.append(eventItem(record, info));
  });

  contactChoice.addEventListener('change', () => void choose(contactChoice.value));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void whileBusy(event.submitter ?? form, submit);
  });
  show(answer, h('h2', null, 'Answer'), h('p', { class: 'quiet' }, 'Change a field and send it.'));
  show(
    panel,
    h('div', { class: 'bar' }, h('label', { for: 'contact' }, 'Contact'), contactChoice),
    h(
      'div',
      { class: 'columns' },
      form,
      h(
        'div',
        null,
        answer,
        h('div', { class: 'card' }, h('h2', null, 'Events'), events),
        h('div', { class: 'card' }, h('h2', null, 'Login'), logins),
      ),
    ),
  );

  const { status, body } = await get('/api/contacts');
  if (status !== 200) return say('The gateway does not answer: reload when it runs.', true);
  show(contactChoice, body.data.map(optionOf));
  const first = body.data.find(({ has_portal_login }) => has_portal_login) ?? body.data[0];
  if (!first) return say('There is no contact yet: make one by the API.');
  contactChoice.value = first.id;
  await choose(first.id);
}

const optionOf = ({ id, full_name, email, has_portal_login }) =>
  h('option', { value: id }, `${id} · ${full_name ?? email ?? '–'}${has_portal_login ? ' · has a login' : ''}`);

function formFields(contact) {
  const inputs = Object.entries(FIELDS).map(([name, label]) => input(name, label, { value: textOf(contact, name) }));
  const password = input('password', 'New portal password', { type: 'password', autocomplete: 'new-password', minlength: 8 });
  return [
    h('h2', null, valueText(contact.full_name)),
    ...inputs,
    password,
    h(
      'div',
      { class: 'bar' },
      h('button', { type: 'submit', id: 'send' }, 'Send the update'),
      h('span', { class: 'quiet' }, `version ${contact.version}`),
    ),
  ];
}

const input = (name, label, attributes) =>
  h('p', { class: 'pair' }, h('label', { for: `f-${name}` }, label), h('input', { id: `f-${name}`, name, ...attributes }));

/** In one line: an input leaves out line breaks, and a field that nobody has touched would differ. */
const textOf = (contact, name) =>
  (name === 'tags' ? contact.tags.map((tag) => tag.name).join(', ') : (contact[name] ?? '')).replaceAll(/[\r\n]/g, ' ');

function changesIn(form, contact) {
  const changed = Object.keys(FIELDS).filter((name) => form.elements[name].value !== textOf(contact, name));
  const values = changed.map((name) => [name, form.elements[name].value]);
  const changes = Object.fromEntries(values);
  if ('tags' in changes)
    changes.tags = changes.tags
      .split(',')
      .map((tag) => tag.trim())
      .filter(Boolean);
  if (form.elements.password.value) changes.password = form.elements.password.value;
  return changes;
}

function answerView({ status, headers, body, ms }) {
  const isDone = status === 200;
  const facts = {
    Status: status === 0 ? `no answer: ${body?.message}` : `${status} ${isDone ? 'done' : (body?.code ?? '')}`,
    Version: body?.data?.version,
    ETag: headers.etag,
    'Login version': headers['portal-login-version'],
    'Request id': headers['x-request-id'],
    Took: `${ms.toFixed(0)} ms`,
  };
  return [
    h('h2', null, `${isDone ? '✓' : '✗'} Answer`),
    h(
      'dl',
      { class: 'facts' },
      Object.entries(facts).flatMap(([name, value]) => (value ? [h('dt', null, name), h('dd', null, value)] : [])),
    ),
    isDone ? null : h('pre', null, JSON.stringify(body?.errors ?? body?.message ?? body, null, 2)),
  ];
}

const eventItem = (record, info) =>
  h(
    'li',
    null,
    h('button', { type: 'button', class: 'link', onclick: () => openRecord(byId('record'), record, info) }, record.name),
    h(
      'span',
      { class: 'quiet' },
      ` version ${record.version ?? '–'} · ${record.short_topic} ${record.partition}@${record.offset}`,
    ),
    h('ul', { class: 'plain' }, changesOf(record)),
  );

function loginTable({ gateway, auth }) {
  const cell = (login, field) => h('td', null, login === 'away' ? 'does not answer' : login ? String(login[field]) : 'no login');
  const row = (label, field) => h('tr', null, h('th', { scope: 'row' }, label), cell(gateway, field), cell(auth, field));
  const isSame = gateway?.version === auth?.version && gateway?.email === auth?.email && gateway !== 'away' && auth !== 'away';
  const areKnown = gateway !== 'away' && auth !== 'away' && gateway && auth;
  return [
    h(
      'table',
      { class: 'sides' },
      h('caption', null, areKnown ? (isSame ? '✓ The same in both apps' : '≠ Not the same yet') : ''),
      h('thead', null, h('tr', null, h('td'), h('th', { scope: 'col' }, 'Gateway'), h('th', { scope: 'col' }, 'Auth app'))),
      h('tbody', null, row('Email', 'email'), row('Version', 'version')),
    ),
  ];
}
