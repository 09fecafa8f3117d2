import type { Manifest } from './helm.js';
import type { Workload } from './workload.js';

/** Secrets and config maps of a namespace: content by name and key. */
export type Kept = Record<string, Record<string, string>>;

interface Variable {
  name: string;
  value?: string;
  valueFrom?: { secretKeyRef: { name: string; key: string } };
}
interface Volume {
  name: string;
  secret?: { secretName: string; items: { key: string; path: string }[] };
}
interface Container {
  command: string[];
  args?: string[];
  env: Variable[];
  ports?: { name: string; containerPort: number }[];
  readinessProbe?: { httpGet: { path: string; port: string } };
  volumeMounts?: { name: string; mountPath: string }[];
}

interface Pod {
  containers: [Container];
  volumes?: Volume[];
  terminationGracePeriodSeconds?: number;
}

interface Template {
  template: { spec: Pod };
}

/** What a Deployment, a Job or a CronJob runs, with its secrets filled in. */
export function workloadOf({ metadata, spec }: Manifest, kept: Kept): Workload {
  const { template } = ((spec['jobTemplate'] as { spec: Template } | undefined)?.spec ?? spec) as Template;
  const pod = template.spec;
  const [container] = pod.containers;
  const probe = container.readinessProbe?.httpGet;
  return {
    name: metadata.name,
    command: [...container.command, ...(container.args ?? [])],
    env: Object.fromEntries(container.env.map((each) => [each.name, valueOf(each, kept)])),
    files: filesOf(container, pod.volumes ?? [], kept),
    port: probe && container.ports?.find(({ name }) => name === probe.port)?.containerPort,
    readiness: probe && { path: probe.path },
    graceMs: 1_000 * (pod.terminationGracePeriodSeconds ?? 30),
  };
}

function valueOf({ name, value, valueFrom }: Variable, kept: Kept): string {
  if (value !== undefined) return value;
  const from = valueFrom?.secretKeyRef;
  const secret = from && kept[from.name]?.[from.key];
  if (secret === undefined) throw new Error(`${name} is the key ${from?.key} of the secret ${from?.name}, which there is not.`);
  return secret;
}

function filesOf({ volumeMounts = [] }: Container, volumes: Volume[], kept: Kept): Record<string, string> {
  const files = volumeMounts.flatMap(({ name, mountPath }) => {
    const secret = volumes.find((each) => each.name === name)?.secret;
    if (!secret) throw new Error(`${mountPath} is of the volume ${name}, which is no secret.`);
    return secret.items.map(({ key, path }) => [`${mountPath}/${path}`, kept[secret.secretName]?.[key] ?? ''] as const);
  });
  return Object.fromEntries(files);
}
