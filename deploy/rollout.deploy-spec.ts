import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import type { ContainerProcess } from './manifests/container-process.js';
import { hasTool } from './manifests/helm.js';
import { missing } from './manifests/missing.js';
import { RolloutContext } from './manifests/rollout.context.js';
import { fromChart, fromCompose } from './manifests/rollout.sources.js';

const PASSWORD = 'correct horse battery';

describe.each([
  ['the Helm chart', ['helm'], fromChart],
  ['docker-compose.yml', [], fromCompose],
] as const)('the commands of %s, run as they stand', (_, tools, read) => {
  if (!tools.every(hasTool)) {
    it('when helm is missing / are not tried on this machine', () => missing(tools.join(', ')));
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'rollout-'));
  let context: RolloutContext;
  afterAll(async () => {
    await context?.close();
    rmSync(folder, { recursive: true });
  });

  it('when the set-ups run twice / end well, and the apps get ready by their probes', async () => {
    context = await RolloutContext.create(read, folder);
    for (let round = 0; round < 2; round++) await context.setUp();
    await Promise.all([context.start('gateway'), context.start('gateway'), context.start('auth')]);
  }, 120_000);

  it('when a contact gets a login / the portal lets it in', async () => {
    await context.untilLogin(await context.createContact({ email: 'first@rollout.example', password: PASSWORD }));
    expect(await context.signIn('first@rollout.example', PASSWORD)).toBe(201);
  });

  it('when its email changes / the portal lets it in under the new one alone', async () => {
    const { id } = await context.createContact({ email: 'old@rollout.example', password: PASSWORD });
    await context.untilLogin(await context.update(id, { email: 'new@rollout.example' }));
    expect(await context.signIn('new@rollout.example', PASSWORD)).toBe(201);
    expect(await context.signIn('old@rollout.example', PASSWORD)).toBe(401);
  });

  it('when its password changes / the portal lets it in with the new one alone', async () => {
    const { id } = await context.createContact({ email: 'changed@rollout.example', password: PASSWORD });
    await context.untilLogin(await context.update(id, { password: 'another good one' }));
    expect(await context.signIn('changed@rollout.example', 'another good one')).toBe(201);
    expect(await context.signIn('changed@rollout.example', PASSWORD)).toBe(401);
  });

  it('when its login is removed / the portal lets it in no more', async () => {
    const made = await context.createContact({ email: 'removed@rollout.example', password: PASSWORD });
    await context.untilLogin(made);
    expect(await context.signIn('removed@rollout.example', PASSWORD)).toBe(201);
    await context.untilLogin(await context.removeLogin(made.id));
    expect(await context.signIn('removed@rollout.example', PASSWORD)).toBe(401);
  });

  it('when the daily command runs, where there is one / it finds no partition that has been quiet for a day, and ends well', async () => {
    const said = await context.runDaily();
    if (said !== undefined) expect(JSON.parse(said)).toEqual({ quiet: [], published: 0 });
  }, 60_000);

  it('when the gateways are replaced one by one under load / no request is lost and nobody is killed', async () => {
    const contact = await context.createContact({ email: 'load@rollout.example' });
    const load = context.load(contact.id);
    for (const old of [...context.running('gateway')]) {
      await context.start('gateway');
      await load.untilMore();
      const { signal, ms } = await context.terminate('gateway', old);
      expect(signal).toBe('SIGTERM');
      expect(ms).toBeLessThan(context.graceMs);
    }
    await load.untilMore();
    await load.stop();
    expect(new Set(load.statuses)).toEqual(new Set([200]));
  }, 120_000);

  it('when the auth app is replaced / it goes on where the one before was', async () => {
    const [old] = context.running('auth') as [ContainerProcess];
    expect(await context.terminate('auth', old)).toMatchObject({ signal: 'SIGTERM' });
    const contact = await context.createContact({ email: 'away@rollout.example', password: PASSWORD });
    await context.start('auth');
    await context.untilLogin(contact);
    expect(await context.signIn('away@rollout.example', PASSWORD)).toBe(201);
  }, 120_000);
});
