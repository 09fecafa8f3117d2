import { readFileSync } from 'node:fs';
import { load, YAML11_SCHEMA } from 'js-yaml';
import type { Workload } from './workload.js';

interface Service {
  image: string;
  build?: string;
  command: string[];
  environment: Record<string, string | number>;
  ports?: string[];
  stop_grace_period: string;
  healthcheck?: { disable?: boolean };
  [setting: string]: unknown;
}
/** The compose file, as far as these specs look into it. */
export interface Compose {
  services: Record<string, Service>;
  configs: { databases: { content: string } };
}

/** Trap: by YAML 1.2, which is the default, a merge key is a key like any other. */
export const readCompose = (): Compose => load(readFileSync('docker-compose.yml', 'utf8'), { schema: YAML11_SCHEMA }) as Compose;

/** What a service runs, in the environment of its image. */
export function workloadOf(
  name: string,
  { command, environment, ports, ...service }: Service,
  env: Record<string, string>,
): Workload {
  const image = readImage();
  const own = Object.entries(environment).map(([key, value]) => [key, filledIn(String(value), env)]);
  const port = ports?.[0]?.split(':').at(-1);
  return {
    name,
    command,
    env: { ...image.env, ...(Object.fromEntries(own) as Record<string, string>) },
    files: {},
    port: port === undefined ? undefined : Number(port),
    readiness: service.healthcheck?.disable ? undefined : { command: image.healthcheck },
    graceMs: 1_000 * Number.parseInt(service.stop_grace_period, 10),
  };
}

/** `${NAME:?what to do}` becomes the value of NAME. */
export function filledIn(text: string, env: Record<string, string>): string {
  return text.replaceAll(/\$\{(\w+):\?[^}]*\}/g, (_, name: string) => {
    const value = env[name];
    if (value === undefined) throw new Error(`${name} is asked for by docker-compose.yml, and compose-env.mjs does not make it.`);
    return value;
  });
}

/** What compose-env.mjs printed. */
export const envOf = (text: string): Record<string, string> =>
  Object.fromEntries(
    text
      .split('\n')
      .filter((line) => /^\w+=/.test(line))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1).replaceAll("'", '')]),
  );

/** What the Dockerfile gives to every container of its image. */
function readImage(): { env: Record<string, string>; healthcheck: string[] } {
  const text = readFileSync('Dockerfile', 'utf8');
  const env = /^ENV (.+)$/m
    .exec(text)![1]!
    .split(' ')
    .map((each) => each.split('=') as [string, string]);
  const healthcheck = /^HEALTHCHECK .*CMD (\[.+\])$/m.exec(text)![1]!;
  return { env: Object.fromEntries(env), healthcheck: JSON.parse(healthcheck) as string[] };
}
