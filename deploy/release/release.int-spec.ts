import { spawnSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';

const release = (...args: string[]) => spawnSync(process.execPath, ['deploy/release/release.mjs', ...args], { encoding: 'utf8' });

describe('the command line of a release', () => {
  it.each([
    { args: ['--versoin', '1.1.0'], reason: "Unknown option '--versoin'" },
    { args: ['--version'], reason: "Option '--version <value>' argument missing" },
    { args: ['1.1.0'], reason: "Unexpected argument '1.1.0'" },
  ])('when its arguments are $args / names the wrong one, and shows the usage', ({ args, reason }) => {
    const { status, stdout, stderr } = release(...args);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr.startsWith(reason)).toBe(true);
    expect(stderr).toContain('npm run release -- --version <x.y.z>');
    expect(stderr).not.toContain('    at ');
  });
});
