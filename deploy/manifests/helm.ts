import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { loadAll } from 'js-yaml';

export const CHART = resolve('deploy/helm/contact-sync');
export const EXAMPLES = ['plain', 'strimzi-cloudnativepg'] as const;

const TOOLS = resolve('.cache/deploy-tools/bin');

/** An object of Kubernetes, as far as these specs look into it. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; annotations?: Record<string, string> };
  spec: Record<string, unknown>;
}

/** What a tool did. */
export interface Outcome {
  status: number | null;
  output: string;
}

/** Whether a tool of `deploy/tools.sh` is here. */
export const hasTool = (name: string): boolean => existsSync(join(TOOLS, name));

/** Runs a tool of `deploy/tools.sh`. */
export function tool(name: string, args: string[], input?: string): Outcome {
  const options = { encoding: 'utf8', ...(input === undefined ? {} : { input }) } as const;
  const { status, stdout, stderr } = spawnSync(join(TOOLS, name), args, options);
  return { status, output: `${stdout}${stderr}` };
}

/** Arguments that name values: a file of `deploy/helm/values`, or values of a test's own. */
export function valuesArgs(values: string | object, folder: string): string[] {
  if (typeof values === 'string') return ['--values', resolve(`deploy/helm/values/${values}.yaml`)];
  const file = join(folder, 'values.json');
  writeFileSync(file, JSON.stringify(values));
  return ['--values', file];
}

/** The chart as YAML, or why it can't be rendered. */
export const render = (args: string[]): Outcome => tool('helm', ['template', 'try', CHART, '--kube-version', '1.37.0', ...args]);

export const manifestsOf = (yaml: string): Manifest[] => (loadAll(yaml) as (Manifest | null)[]).filter((each) => each !== null);
