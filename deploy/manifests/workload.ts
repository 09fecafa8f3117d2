/** A container as its manifest describes it, whatever kind of manifest that is. */
export interface Workload {
  name: string;
  command: string[];
  env: Record<string, string>;
  /** Content of its files, by path. */
  files: Record<string, string>;
  /** The port; undefined for a command. */
  port: number | undefined;
  /** Its readiness probe: a path, or a command that ends with 0. */
  readiness: { path: string } | { command: string[] } | undefined;
  /** How long after SIGTERM it is killed. */
  graceMs: number;
}
