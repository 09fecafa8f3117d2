/** npm's own script. Yarn, pnpm and bun set the variable too, to theirs. */
const NPM_SCRIPT = /[\\/]npm-cli\.c?js$/;

/** The command of npm: the one that runs this, or the one on the path. */
export function npm() {
  const { npm_execpath: script = '' } = process.env;
  return NPM_SCRIPT.test(script) ? [process.execPath, script] : ['npm'];
}
