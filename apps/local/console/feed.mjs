import { onLive } from './api.mjs';
import { byId, h, show, timeText } from './dom.mjs';
import { changedFields, changesOf } from './event-changes.mjs';
import { openRecord } from './record.mjs';

const MOST = 500;
const MOST_SHOWN = 100;

/** Every record as it comes, the newest first, with filters. */
export function openFeed(panel, info) {
  let records = [];
  const list = h('ol', { class: 'plain feed', id: 'feed-list', reversed: true });
  const count = h('span', { class: 'quiet', role: 'status' });
  const contact = h('input', { id: 'by-contact', inputmode: 'numeric', size: 6 });
  const type = h('select', { id: 'by-type' });
  const changed = h('input', { id: 'by-changed', size: 12, list: 'fields' });
  const fields = h('datalist', { id: 'fields' });
  const wanted = (record) =>
    (contact.value === '' || String(record.contact_id) === contact.value.trim()) &&
    (type.value === '' || record.name === type.value) &&
    (changed.value === '' || changedFields(record).includes(changed.value.trim()));
  const itemOf = (record) => feedItem(record, () => openRecord(byId('record'), record, info));
  const showAll = () => {
    options();
    const shown = records.filter(wanted);
    show(list, shown.slice(-MOST_SHOWN).reverse().map(itemOf));
    count.textContent = `${shown.length} of ${records.length} records`;
  };
  const options = () => {
    const names = [...new Set(records.map(({ name }) => name))].sort();
    const before = type.value;
    if (names.length === type.options.length - 1) return;
    show(
      type,
      h('option', { value: '' }, 'every type'),
      names.map((name) => h('option', { value: name }, name)),
    );
    type.value = before;
    show(
      fields,
      [...new Set(records.flatMap(changedFields))].sort().map((name) => h('option', { value: name })),
    );
  };

  onLive('records', (recent) => {
    records = recent;
    showAll();
  });
  onLive('record', (record) => {
    records = [...records, record].slice(-MOST);
    // A load brings hundreds a second: a hidden list is made when it is shown.
    if (panel.hidden) return;
    options();
    if (wanted(record)) list.prepend(itemOf(record));
    while (list.children.length > MOST_SHOWN) list.lastChild.remove();
    count.textContent = `${records.filter(wanted).length} of ${records.length} records`;
  });
  panel.addEventListener('shown', showAll);
  for (const filter of [contact, type, changed]) filter.addEventListener('input', showAll);
  show(
    panel,
    h(
      'div',
      { class: 'bar' },
      h('label', { for: 'by-contact' }, 'Contact'),
      contact,
      h('label', { for: 'by-type' }, 'Type'),
      type,
      h('label', { for: 'by-changed' }, 'Changed field'),
      changed,
      fields,
      count,
    ),
    list,
  );
  show(type, h('option', { value: '' }, 'every type'));
}

const feedItem = (record, open) =>
  h(
    'li',
    null,
    h('span', { class: 'quiet' }, timeText(record.timestamp)),
    h('button', { type: 'button', class: 'link', onclick: open }, `${record.kind === 'tombstone' ? 'tombstone' : record.name}`),
    h(
      'span',
      { class: 'quiet' },
      `${record.company_id ? `company ${record.company_id}` : `contact ${record.contact_id ?? '–'}`} · version ${record.version ?? '–'}`,
    ),
    h('ul', { class: 'plain' }, changesOf(record)),
  );
