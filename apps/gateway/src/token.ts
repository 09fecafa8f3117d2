import { readTokenOrder, USAGE, WrongUsage } from './tokens/token-command.js';

/** The command that operators make, list and revoke tokens with: the same code as the routes, without the gateway. */
async function main(): Promise<void> {
  const order = readTokenOrder(process.argv.slice(2), new Date());
  if (order.action === 'help') return console.log(USAGE);
  // Loaded only now: who asks for help need not wait for the ORM.
  const { runOrder } = await import('./tokens/token-run.js');
  const { done, refused } = await runOrder(order);
  if (done !== undefined) return console.log(done);
  console.error(refused);
  process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  if (!(error instanceof WrongUsage)) throw error;
  console.error(`${error.message}\n\n${USAGE}`);
  process.exitCode = 2;
}
