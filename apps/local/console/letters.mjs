import { get, onLive, post } from './api.mjs';
import { button, byId, h, say, show } from './dom.mjs';

const RELOAD_MS = 500;
let stopped = [];

/** The dead letters with reason and outcome, and the records at which a partition stopped. */
export async function showLetters(panel) {
  const { letters, waiting } = await get('/api/dead-letters');
  byId('letter-count').textContent = waiting > 0 ? `(${waiting})` : '';
  show(
    panel,
    h('h2', null, 'Stopped partitions'),
    h('div', { id: 'stopped' }, stoppedView()),
    h('h2', null, `Dead letters: ${waiting} waiting`),
    letters.length === 0
      ? h('p', { class: 'quiet' }, 'There are none. Publish a poisoned record in Faults.')
      : table(panel, letters),
    h('p', { class: 'quiet' }, 'A redriven letter comes back as long as its cause stays.'),
    byId('letter') ?? h('pre', { id: 'letter', hidden: true, tabindex: 0, 'aria-label': 'The whole letter' }),
  );
}

/** Keeps the list and its count right while events come. */
export function watchLetters(panel) {
  let timer;
  const reload = () => {
    clearTimeout(timer);
    timer = setTimeout(() => void showLetters(panel).catch(() => undefined), RELOAD_MS);
  };
  onLive('record', ({ kind }) => kind === 'dead-letter' && reload());
  onLive('state', ({ auth }) => {
    const now = auth?.parts?.consumer?.stopped ?? [];
    if (JSON.stringify(now) === JSON.stringify(stopped)) return;
    stopped = now;
    if (byId('stopped')) show(byId('stopped'), stoppedView());
  });
  reload();
}

function stoppedView() {
  if (stopped.length === 0) return [h('p', { class: 'quiet' }, 'None: every partition is read.')];
  return stopped.map(({ partition, offset, reason }) =>
    h(
      'div',
      { class: 'card' },
      h('p', null, `■ Partition ${partition} stopped at offset ${offset}: ${reason}`),
      button('Park', async () => {
        if (!confirm(`Move the record at offset ${offset} to the dead letters?`)) return;
        await post('/api/park', { partition, offset });
        say('Noted: where the partition stops at that offset, the auth app goes on within 15 s.');
      }),
    ),
  );
}

const table = (panel, letters) =>
  h(
    'div',
    { class: 'wide', tabindex: 0, role: 'region', 'aria-label': 'Dead letters' },
    h(
      'table',
      null,
      h(
        'thead',
        null,
        h(
          'tr',
          null,
          ['Letter', 'State', 'Reason', 'Event', 'Since', ''].map((name) => h('th', { scope: 'col' }, name)),
        ),
      ),
      h(
        'tbody',
        { id: 'letter-rows' },
        letters.toReversed().map((letter) => row(panel, letter)),
      ),
    ),
  );

function row(panel, { place, state, reason, name, contact_id, time }) {
  const settle = (action, done) => async () => {
    await post(`/api/dead-letters/${place}/${action}`);
    say(`Letter ${place} is ${done}.`);
    await showLetters(panel);
  };
  return h(
    'tr',
    null,
    h(
      'td',
      null,
      button(place, () => open(place), { class: 'link', id: `open-${place}` }),
    ),
    h('td', null, `${{ waiting: '○', redriven: '↻', discarded: '✓' }[state]} ${state}`),
    h('td', null, reason),
    h('td', null, `${name} of ${contact_id ?? 'an unknown contact'}`),
    h('td', null, new Date(time).toLocaleTimeString('en-GB')),
    h(
      'td',
      { class: 'bar' },
      button('Redrive', settle('redrive', 'redriven'), { 'aria-label': `Redrive ${place}`, id: `redrive-${place}` }),
      state === 'waiting' &&
        button('Discard', settle('discard', 'discarded'), { 'aria-label': `Discard ${place}`, id: `discard-${place}` }),
    ),
  );
}

async function open(place) {
  const text = byId('letter');
  text.textContent = JSON.stringify(await get(`/api/dead-letters/${place}`), null, 2);
  text.hidden = false;
  text.focus();
}
