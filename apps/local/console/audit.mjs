import { get } from './api.mjs';
import { button, h, show } from './dom.mjs';

/** The audit trails of both apps, the newest first. */
export async function showAudit(panel) {
  const entries = await get('/api/audit');
  const columns = ['Time', 'App', 'Actor', 'Action', 'Target', 'Details'];
  show(
    panel,
    h(
      'div',
      { class: 'bar' },
      h('h2', null, 'Audit'),
      button('Reload', () => showAudit(panel)),
    ),
    h(
      'p',
      { class: 'quiet' },
      'Tokens made, first used, revoked and blocked; exports; commands of operators; failed and blocked sign-ins.',
    ),
    entries.length === 0
      ? h('p', null, 'There are no entries yet.')
      : h(
          'div',
          { class: 'wide', tabindex: 0, role: 'region', 'aria-label': 'Audit entries' },
          h(
            'table',
            { id: 'audit-rows' },
            h(
              'thead',
              null,
              h(
                'tr',
                null,
                columns.map((name) => h('th', { scope: 'col' }, name)),
              ),
            ),
            h(
              'tbody',
              null,
              entries.toReversed().map(({ at, app, actor, action, target, details }) =>
                h(
                  'tr',
                  null,
                  [new Date(at).toLocaleString('en-GB'), app, actor ?? '–', action, target ?? '–', JSON.stringify(details)].map(
                    (text) => h('td', null, text),
                  ),
                ),
              ),
            ),
          ),
        ),
  );
}
