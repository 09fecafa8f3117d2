import { diff, h, valueText } from './dom.mjs';

/** What an event changed, as list items: the old value struck out, the new one beside it. */
export function changesOf({ name, kind, data, reason }) {
  if (reason) return [h('li', null, h('span', { class: 'field' }, 'reason'), reason)];
  if (kind === 'tombstone') return [h('li', null, 'the login is removed')];
  if (!data) return [];
  if (data.before) return data.changed.map((field) => diff(field, data.before[field], stateOf(data)[field]));
  if (name === 'PortalLoginChanged') return loginChanges(data);
  const state = stateOf(data);
  return state ? [h('li', null, valueText(state.full_name ?? state.name), ' ', valueText(state.email ?? ''))] : [];
}

const stateOf = ({ contact, company }) => contact ?? company;

const loginChanges = ({ changes, previous_email, email }) => [
  ...(previous_email === null && email !== null ? [] : [diff('email', previous_email, email)]),
  h('li', null, `changed: ${changes.join(', ') || 'sealed anew'}`),
];

/** The names of the changed fields, for the filter. */
export const changedFields = ({ data }) => data?.changed ?? data?.changes ?? [];
