import { get, onLive, whenConnection } from './api.mjs';
import { showAudit } from './audit.mjs';
import { byId, h, say, show } from './dom.mjs';
import { openFaults } from './faults.mjs';
import { openFeed } from './feed.mjs';
import { showLetters } from './letters.mjs';
import { openPath } from './path.mjs';
import { openTabs } from './tabs.mjs';

const info = await get('/api/info');
byId('docs').href = info.docs;
byId('asyncapi').href = info.asyncapi;

openPath(byId('path'), info);
openFeed(byId('feed'), info);
openFaults(byId('faults'));
openTabs({ letters: () => showLetters(byId('letters')), audit: () => showAudit(byId('audit')) });

const SIGNS = { running: '●', frozen: '❄', stopping: '◌', stopped: '■', restarting: '↻' };

onLive('state', ({ services }) =>
  show(
    byId('strip'),
    services.map(({ name, state }) => h('li', { class: `state ${state}` }, `${SIGNS[state]} ${name} `, h('span', null, state))),
  ),
);
whenConnection((isOpen) => isOpen || say('The console does not answer: it tries again by itself.', true));
