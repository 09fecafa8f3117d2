/** Options of every repair. */
export interface RepairOptions {
  json?: boolean;
  dryRun?: boolean;
  yes?: boolean;
}
