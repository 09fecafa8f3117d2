import { describe, expect, it } from '@jest/globals';
// eslint-disable-next-line @typescript-eslint/ban-ts-comment -- a program of plain Node
// @ts-ignore
import { notesOf, released } from './notes.mjs';

const commit = (subject: string, body = '') => ({ subject, body, hash: 'abc1234' });
const notes = notesOf as (commits: object[]) => string;
const changelogWith = released as (changelog: string, release: object) => string;

describe('release notes', () => {
  it('when commits have types / users read what was added, fixed and made faster, and nothing of tests', () => {
    const text = notes([
      commit('feat(events): tail shows companies'),
      commit('fix: a leak'),
      commit('test: titles'),
      commit('perf(gateway): one read'),
    ]);
    expect(text).toBe(
      [
        '### Added',
        '- events: tail shows companies (abc1234)',
        '',
        '### Fixed',
        '- a leak (abc1234)',
        '',
        '### Faster',
        '- gateway: one read (abc1234)',
      ].join('\n'),
    );
  });

  it.each([
    ['a mark in the subject', commit('feat(http)!: ids are text')],
    ['a line in the body', commit('feat(http): ids are text', 'Why.\n\nBREAKING CHANGE: ids are text')],
  ])('when a commit breaks callers by %s / it stands under Breaking alone', (_, breaking) => {
    expect(notes([breaking])).toBe('### Breaking\n- http: ids are text (abc1234)');
  });

  it('when a release is made / what was written by hand moves under it, above its commits, and older releases stay', () => {
    const former = '# Changelog\n\n## Unreleased\n- by hand\n\n## 1.0.0 — 2026-11-28\nOld.\n';
    const text = changelogWith(former, { version: '1.1.0', date: '2026-12-01', notes: '### Added\n- a (abc1234)' });
    expect(text).toBe(
      '# Changelog\n\n## Unreleased\n\n## 1.1.0 — 2026-12-01\n- by hand\n\n### Added\n- a (abc1234)\n\n## 1.0.0 — 2026-11-28\nOld.\n',
    );
  });
});
