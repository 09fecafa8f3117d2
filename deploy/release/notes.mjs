// Release notes from commits: `type(scope): what it does now`.

const SECTIONS = [
  ['Breaking', ({ isBreaking }) => isBreaking],
  ['Added', ({ type, isBreaking }) => type === 'feat' && !isBreaking],
  ['Fixed', ({ type, isBreaking }) => type === 'fix' && !isBreaking],
  ['Faster', ({ type, isBreaking }) => type === 'perf' && !isBreaking],
];
const FORM = /^([a-z]+)(?:\(([^)]*)\))?(!)?: (.+)$/;

/** @param {{ subject: string, body: string, hash: string }} commit */
function readCommit({ subject, body, hash }) {
  const [, type = '', scope = '', mark, text = subject] = FORM.exec(subject) ?? [];
  return { type, scope, text, hash, isBreaking: mark === '!' || /^BREAKING CHANGE: /m.test(body) };
}

/** The notes in Markdown; commits of other types (tests, documents, moves) change nothing for a user and are left out. */
export function notesOf(commits) {
  const read = commits.map(readCommit);
  return SECTIONS.flatMap(([title, belongs]) => {
    const lines = read.filter(belongs).map(({ scope, text, hash }) => `- ${scope ? `${scope}: ` : ''}${text} (${hash})`);
    return lines.length === 0 ? [] : [`### ${title}\n${lines.join('\n')}`];
  }).join('\n\n');
}

/**
 * Moves what stands under "Unreleased" into a section of the release, with the commits below it.
 * @throws {Error} where the changelog has no such heading
 */
export function released(changelog, { version, date, notes }) {
  const [before, rest] = changelog.split(/^## Unreleased\n/m);
  if (rest === undefined) throw new Error('CHANGELOG.md has no heading "## Unreleased".');
  const next = rest.search(/^## /m);
  const [ours, older] = next < 0 ? [rest, ''] : [rest.slice(0, next), rest.slice(next)];
  const parts = [ours.trim(), notes].filter(Boolean).join('\n\n');
  return `${before}## Unreleased\n\n## ${version} — ${date}\n${parts}\n\n${older}`;
}
