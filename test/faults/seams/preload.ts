import { DEFECTS } from '../defects/defects.js';
import { KILL_POINTS } from './kill-points.js';
import { TROUBLES } from './troubles.js';

/**
 * Runs in a process of the apps before their own code: `node --import preload.js?kill=before-commit&after=7`.
 * It is no part of what ships.
 */
const asked = new URL(import.meta.url).searchParams;

const [kill, defect, trouble] = [asked.get('kill'), asked.get('defect'), asked.get('trouble')];

if (kill !== null) {
  let left = Number(asked.get('after') ?? 0);
  named(KILL_POINTS, kill)(() => left-- === 0);
}
if (defect !== null) named(DEFECTS, defect).plant();
if (trouble !== null) named(TROUBLES, trouble)(Number(asked.get('amount') ?? 1));

function named<T>(known: Readonly<Record<string, T>>, name: string): T {
  const found = known[name];
  if (found === undefined) throw new Error(`There is nothing that is called ${name}.`);
  return found;
}
