// Runs what Yarn is asked for by npm. Yarn itself would install other versions first, or refuse (.yarnrc.yml).
const { spawnSync } = require('node:child_process');
const { readFileSync } = require('node:fs');
const { resolve } = require('node:path');

const { scripts } = JSON.parse(readFileSync(resolve(__dirname, '../../../package.json'), 'utf8'));
const [first = 'install', ...rest] = process.argv.slice(2);
const [script, ...options] = first === 'run' ? rest : [first, ...rest];

if (!Object.hasOwn(scripts, script ?? '')) {
  console.error(
    `Yarn only runs scripts here, and installs nothing: yarn start prepares what it needs, by npm. Scripts: ${Object.keys(scripts).join(' ')}`,
  );
  process.exit(2);
}
const { status, signal } = spawnSync('npm', ['run', script, ...(options.length > 0 ? ['--', ...options] : [])], {
  stdio: 'inherit',
});
process.exit(status ?? (signal ? 130 : 1));
