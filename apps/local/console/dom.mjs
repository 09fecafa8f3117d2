const SVG = 'http://www.w3.org/2000/svg';
const SVG_NAMES = new Set(['svg', 'path', 'line', 'text', 'title', 'circle']);

/**
 * Makes an element. `on…` attributes are listeners, others are set unless they are false or null.
 * @param {string} name
 * @param {Record<string, any> | null} attributes
 * @param {...(Node | string | number | null | false)} children text stays text: nothing is read as HTML
 */
export function h(name, attributes, ...children) {
  const element = SVG_NAMES.has(name) ? document.createElementNS(SVG, name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(key, value === true ? '' : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== false && child !== undefined));
  return element;
}

/**
 * Shows these children instead of those before. The focus goes to the new element of the same id, else to the parent.
 * @param {Element} parent @param {...any} children
 */
export function show(parent, ...children) {
  const focused = parent !== document.activeElement && parent.contains(document.activeElement) ? document.activeElement : null;
  parent.replaceChildren(...children.flat().filter(Boolean));
  if (focused) (byId(focused.id) ?? parent).focus();
}

export const byId = (id) => document.getElementById(id);

/** Says what was done or failed; screen readers read it out. An open dialog hides all else from them, so it has a notice of its own. */
export function say(text, isWrong = false) {
  const notice = document.querySelector('dialog[open] .notice') ?? byId('notice');
  notice.textContent = text;
  notice.classList.toggle('wrong', isWrong);
}

/** A button that shows it is at work, and says what failed. */
export function button(label, act, attributes = {}) {
  const element = h('button', { type: 'button', ...attributes }, label);
  element.addEventListener('click', () => whileBusy(element, act));
  return element;
}

/** It stays enabled, and does nothing: a disabled button loses the focus. */
export async function whileBusy(element, act) {
  if (element.hasAttribute('aria-busy')) return;
  element.setAttribute('aria-busy', 'true');
  try {
    await act();
  } catch (error) {
    say(error.message, true);
  } finally {
    element.removeAttribute('aria-busy');
  }
}

/** A value in a few words. */
export function valueText(value) {
  if (value === null || value === undefined || value === '') return '–';
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && value.every((one) => one?.name)) return value.map(({ name }) => name).join(', ') || '–';
  return value.name ?? JSON.stringify(value);
}

/** A field before and after: struck out, and beside it the new one. The words are for screen readers. */
export const diff = (field, before, after) =>
  h(
    'li',
    { class: 'diff' },
    h('span', { class: 'field' }, field),
    h('del', null, h('span', { class: 'unseen' }, 'was '), valueText(before)),
    h('span', { 'aria-hidden': 'true' }, '→'),
    h('ins', null, h('span', { class: 'unseen' }, 'is now '), valueText(after)),
  );

export const timeText = (iso) => new Date(iso).toTimeString().slice(0, 8) + '.' + iso.slice(20, 23);
