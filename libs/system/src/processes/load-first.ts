// Loads a module with all that it imports, before the main script, which begins when the parent process says so:
// node --import "load-first.js?module=<its URL>" <main script>. The channel to the parent is closed then.
const parentGone = (): never => process.exit(1);
process.once('disconnect', parentGone);
const begun = new Promise((resolve) => process.once('message', resolve));

await Promise.all([import(new URL(import.meta.url).searchParams.get('module')!), begun]);

process.removeListener('disconnect', parentGone);
process.disconnect?.();
