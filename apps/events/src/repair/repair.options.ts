/** What every repair is told on the command line. */
export interface RepairOptions {
  json?: boolean;
  dryRun?: boolean;
  yes?: boolean;
}
