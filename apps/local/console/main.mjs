import { get, onLive, openLive } from './api.mjs';
import { showAudit } from './audit.mjs';
import { byId, h, say, show } from './dom.mjs';
import { openFaults } from './faults.mjs';
import { openFeed } from './feed.mjs';
import { showLetters, watchLetters } from './letters.mjs';
import { openPath } from './path.mjs';
import { openTabs } from './tabs.mjs';

const sayError = ({ message }) => say(message, true);

// First: a tab can be chosen before the server has answered.
openTabs({
  letters: () => showLetters(byId('letters')).catch(sayError),
  audit: () => showAudit(byId('audit')).catch(sayError),
});

const info = await get('/api/info');
byId('docs').href = info.docs;
byId('asyncapi').href = info.asyncapi;

openPath(byId('path'), info);
openFeed(byId('feed'), info);
openFaults(byId('faults'));
watchLetters(byId('letters'));

const SIGNS = { running: '●', frozen: '❄', stopping: '◌', stopped: '■', restarting: '↻' };

onLive('services', (services) =>
  show(
    byId('strip'),
    services.map(({ name, state }) => h('li', { class: `state ${state}` }, `${SIGNS[state]} ${name} `, h('span', null, state))),
  ),
);
let isLost = false;
openLive((isOpen) => {
  if (!isOpen) say('The console does not answer: the page tries again by itself.', true);
  else if (isLost) say('The console answers again.');
  isLost = !isOpen;
});
