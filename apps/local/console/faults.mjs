import { get, onLive, post } from './api.mjs';
import { Chart } from './chart.mjs';
import { button, h, say, show } from './dom.mjs';

const PROGRAMS = { auth: 'Auth app', gateway: 'Gateway', Kafka: 'Broker' };
const POISONS = {
  broken: ['Broken record', 'It is not JSON: it becomes a dead letter.'],
  forged: ['Forged record', 'It has no mark of the gateway: it becomes a dead letter.'],
  newer: ['Record of a newer version', 'No app here reads it: its partition stops until someone parks it.'],
};

/** Buttons for faults, and what one then sees. */
export function openFaults(panel) {
  const outbox = new Chart('Outbox', 'events wait');
  const lag = new Chart('Lag of the auth app', 'records behind');
  const programs = Object.keys(PROGRAMS).map((name) => new ProgramCard(name));
  const health = h('dl', { class: 'facts', id: 'health' });
  const load = loadCard();
  onLive('services', (services) => {
    for (const program of programs) program.update(services.find(({ name }) => name === program.name));
  });
  onLive('state', (state) => {
    outbox.add(state.outbox && state.outbox.rows);
    lag.add(state.lag && state.lag.reduce((sum, { behind }) => sum + behind, 0));
    show(health, ...healthFacts(state));
    load.update(state.load);
  });
  show(
    panel,
    h(
      'div',
      { class: 'cards' },
      programs.map(({ card }) => card),
      load.card,
      outbox.figure,
      lag.figure,
      h('div', { class: 'card' }, h('h2', null, 'Relay and consumer'), health),
      poisonCard(),
      swapCard(),
      verifyCard(),
    ),
  );
}

class ProgramCard {
  constructor(name) {
    this.name = name;
    this.state = h('p', { role: 'status' });
    const act = (action) => post(`/api/services/${name}/${action}`);
    const make = (label, action, states) => ({
      states,
      element: button(label, () => act(action), { 'aria-label': `${label} ${PROGRAMS[name]}` }),
    });
    this.buttons = [
      make('Stop', 'stop', ['running', 'frozen', 'restarting']),
      make('Freeze', 'freeze', ['running']),
      make('Thaw', 'thaw', ['frozen']),
      make('Kill', 'kill', ['running', 'frozen']),
      make('Start', 'start', ['stopped']),
    ];
    this.card = h(
      'div',
      { class: 'card', id: `program-${name}` },
      h('h2', null, PROGRAMS[name]),
      this.state,
      h(
        'div',
        { class: 'bar' },
        this.buttons.map(({ element }) => element),
      ),
    );
    this.card.hidden = true;
  }

  update(service) {
    this.card.hidden = !service;
    if (!service) return;
    const text = `${service.state}${service.pid ? `, process ${service.pid}` : ''}`;
    if (this.state.textContent !== text) this.state.textContent = text;
    for (const { element, states } of this.buttons) element.hidden = !states.includes(service.state);
  }
}

function loadCard() {
  const rate = h('input', { type: 'range', id: 'rate', min: 0, max: 200, step: 5, value: 0, 'aria-describedby': 'rate-now' });
  const now = h('output', { id: 'rate-now', for: 'rate' }, '0 updates a second');
  const report = h('p', { class: 'quiet', id: 'load-report' });
  rate.addEventListener('input', () => (now.textContent = `${rate.value} updates a second`));
  rate.addEventListener('change', () => void setRate());
  const setRate = () =>
    post('/api/load', { rate: Number(rate.value) }).then(
      () => say(rate.value === '0' ? 'The load has ended.' : `The load is ${rate.value} updates a second.`),
      (error) => say(error.message, true),
    );
  return {
    card: h('div', { class: 'card' }, h('h2', null, h('label', { for: 'rate' }, 'Load')), rate, h('p', null, now), report),
    update: ({ done, failed, reason }) =>
      (report.textContent = `${done} done, ${failed} failed${reason === null ? '' : `; the last failure: ${reason}`}`),
  };
}

function* healthFacts({ gateway, auth }) {
  const relay = gateway?.parts?.relay;
  const consumer = auth?.parts?.consumer;
  yield* fact('Gateway', gateway ? gateway.status : 'does not answer');
  if (relay) yield* fact('Relay', `${relay.status}: ${relay.state}${relay.fault ? `, ${relay.fault.reason}` : ''}`);
  if (relay?.blocked.length)
    yield* fact('Blocked', relay.blocked.map(({ topic, partition }) => `${topic} ${partition}`).join(', '));
  yield* fact('Auth app', auth ? auth.status : 'does not answer');
  if (!consumer) return;
  yield* fact(
    'Consumer',
    `${consumer.status}: ${consumer.joined ? 'joined' : 'not joined'}${consumer.retrying ? `, ${consumer.retrying}` : ''}`,
  );
  yield* fact('Applied', `${consumer.applied} records, ${consumer.skipped} skipped, ${consumer.deadLettered} dead letters`);
  for (const { partition, offset, reason } of consumer.stopped)
    yield* fact('Stopped', `partition ${partition} at ${offset}: ${reason}`);
}

const fact = (name, value) => [h('dt', null, name), h('dd', null, value)];

const poisonCard = () =>
  h(
    'div',
    { class: 'card' },
    h('h2', null, 'Poisoned record'),
    Object.entries(POISONS).map(([poison, [label, what]]) =>
      h(
        'p',
        null,
        button(label, async () => {
          const { key } = await post(`/api/poison/${poison}`);
          say(`Published under the key ${key}. ${what}`);
        }),
        h('span', { class: 'quiet' }, ` ${what}`),
      ),
    ),
  );

/** Keeps the first option where this one is not there. */
function choose(choice, value) {
  const option = [...choice.options].find((one) => one.value === value);
  if (option) option.selected = true;
}

function swapCard() {
  const [one, other] = ['swap-one', 'swap-other'].map((id) => h('select', { id }));
  const result = h('ul', { class: 'plain', role: 'status' });
  const fill = async () => {
    const { status, body } = await get('/api/contacts');
    if (status !== 200) throw new Error('The gateway does not answer.');
    const chosen = [one.value, other.value];
    const options = () =>
      (body?.data ?? [])
        .filter((contact) => contact.has_portal_login)
        .map(({ id, email }) => h('option', { value: id }, `${id} · ${email}`));
    show(one, options());
    show(other, options());
    other.selectedIndex = 1;
    [one, other].forEach((choice, index) => choose(choice, chosen[index]));
  };
  void fill().catch(() => undefined);
  const swap = async () => {
    await fill();
    if (one.value === other.value) throw new Error('Choose two contacts that have a login.');
    const before = [one, other].map(({ selectedOptions }) => selectedOptions[0].textContent);
    const { status, body } = await post('/api/swap', { contacts: [Number(one.value), Number(other.value)] });
    const failed = status === 207 ? body.data.find((item) => item.status !== 200) : { status, message: body?.message };
    if (failed) throw new Error(`Not swapped: ${failed.status} ${failed.message}`);
    await fill();
    show(
      result,
      before.map((text) => h('li', null, h('del', null, text))),
      [one, other].map(({ selectedOptions }) => h('li', null, h('ins', null, selectedOptions[0].textContent))),
    );
    say('The emails are swapped: three updates, since no two logins may have one email at any moment.');
  };
  return h(
    'div',
    { class: 'card' },
    h('h2', null, 'Swap the emails of two logins'),
    h('p', { class: 'pair' }, h('label', { for: 'swap-one' }, 'One contact'), one),
    h('p', { class: 'pair' }, h('label', { for: 'swap-other' }, 'The other'), other),
    button('Swap', swap),
    result,
  );
}

function verifyCard() {
  const result = h('div', { role: 'status', id: 'verified' });
  const verify = async () => {
    show(result, h('p', { class: 'quiet' }, 'Waits for what is under way, 15 s at most …'));
    const { gateway, topic, auth, differences, unreadable, unauthentic, companies } = await post('/api/verify').catch((error) => {
      show(result, h('p', { class: 'wrong' }, `✗ ${error.message}`));
      throw error;
    });
    const counts = `Logins: ${gateway} in the gateway, ${topic} on the topic, ${auth} in the auth app.`;
    const places = [
      ...differences.map(({ contactId, kinds }) => `contact ${contactId}: ${kinds.join(', ')}`),
      ...companies.differences.map(({ companyId, kind }) => `company ${companyId}: ${kind}`),
    ];
    const odd =
      unreadable + unauthentic > 0 ? ` ${unreadable} records of the topic cannot be read, ${unauthentic} are forged.` : '';
    show(
      result,
      h('p', null, h('strong', null, places.length === 0 ? '✓ All are the same everywhere.' : `≠ ${places.length} differ.`)),
      h('p', null, counts + odd),
      h(
        'ul',
        null,
        places.slice(0, 20).map((place) => h('li', null, place)),
      ),
    );
  };
  return h('div', { class: 'card' }, h('h2', null, 'Compare all logins and companies'), button('Verify', verify), result);
}
