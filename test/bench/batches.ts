/** What the gateway's batches of updates have cost since it began. */
export type BatchCounts = Record<'transactions' | 'statements' | 'roundTrips', number>;

const NAMES: Readonly<Record<keyof BatchCounts, RegExp>> = {
  transactions: /batch_transactions_total (\d+)/,
  statements: /batch_statements_total (\d+)/,
  roundTrips: /batch_round_trips_total (\d+)/,
};

/** Reads the counters of the gateway at an address. */
export async function batchCounts(gatewayUrl: string): Promise<BatchCounts> {
  const text = await (await fetch(`${gatewayUrl}/metrics`)).text();
  const counts = Object.entries(NAMES).map(([name, line]) => [name, Number(line.exec(text)?.[1])] as const);
  return Object.fromEntries(counts) as BatchCounts;
}

/** What was added between two readings. */
export const batchesBetween = (before: BatchCounts, after: BatchCounts): BatchCounts => ({
  transactions: after.transactions - before.transactions,
  statements: after.statements - before.statements,
  roundTrips: after.roundTrips - before.roundTrips,
});
