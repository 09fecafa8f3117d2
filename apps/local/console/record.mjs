import { get } from './api.mjs';
import { copyButton } from './copy-button.mjs';
import { curlOf, kcatOf } from './copy.mjs';
import { button, diff, h, show, timeText } from './dom.mjs';
import { fixtureOf } from './fixture.mjs';

/** Opens a whole record: its place, headers, key and data, and the history of its contact or company. */
export function openRecord(dialog, record, info) {
  const { topic, partition, offset, key, headers, data, reason, contact_id, company_id, name, version } = record;
  const history = h('div', { id: 'history' });
  const subject = company_id ? `company ${company_id}` : `contact ${contact_id}`;
  const facts = { Topic: topic, Partition: partition, Offset: offset, Key: key, Time: record.timestamp, Reason: reason };
  show(
    dialog,
    h(
      'div',
      { class: 'bar' },
      h('h2', { id: 'record-title' }, `${name} ${version === null ? '' : `version ${version}`}`),
      h('button', { type: 'button', onclick: () => dialog.close(), autofocus: true }, 'Close'),
    ),
    h('p', { class: 'notice', role: 'status' }),
    pairs(facts),
    h('h3', null, 'Headers'),
    pairs(headers),
    h('h3', null, 'Data'),
    h('pre', { tabindex: 0 }, data === undefined ? '(none that can be read)' : JSON.stringify(data, null, 2)),
    h(
      'div',
      { class: 'bar' },
      contact_id || company_id ? copyButton('curl', () => curlOf(info, record)) : null,
      copyButton('kcat', () => kcatOf(info, record)),
      fixtureOf(record) && copyButton('test fixture', () => fixtureOf(record)),
    ),
    contact_id || company_id
      ? button(`History of ${subject}`, async () => {
          const entries = await get(`/api/history/${company_id ? 'company' : 'contact'}/${company_id ?? contact_id}`);
          show(history, h('h3', null, `History of ${subject}`), h('ol', { class: 'plain' }, entries.map(entryItem)));
        })
      : null,
    history,
  );
  dialog.showModal();
}

const pairs = (values) =>
  h(
    'dl',
    { class: 'facts' },
    Object.entries(values).flatMap(([name, value]) =>
      value === null || value === undefined ? [] : [h('dt', null, name), h('dd', null, String(value))],
    ),
  );

const entryItem = ({ name, version, timestamp, changes, findings }) =>
  h(
    'li',
    null,
    h('strong', null, name),
    h('span', { class: 'quiet' }, ` version ${version ?? '–'} · ${timeText(timestamp)}`),
    h(
      'ul',
      { class: 'plain' },
      changes.map(({ field, before, after }) => diff(field, before, after)),
    ),
    findings.map(({ kind }) => h('p', { class: 'wrong' }, `! ${kind}`)),
  );
