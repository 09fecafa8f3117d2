// Turns TypeScript into JavaScript, file by file: node transpile.mjs <list>. The list is a JSON file with paths from the current folder.
// `npm run types` checks types; a start does not wait for that.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { transformSync } from 'oxc-transform';

const { target } = JSON.parse(readFileSync('tsconfig.json', 'utf8')).compilerOptions;
const OPTIONS = {
  lang: 'ts',
  sourceType: 'module',
  sourcemap: true,
  target,
  decorator: { legacy: true, emitDecoratorMetadata: true },
};

for (const file of JSON.parse(readFileSync(process.argv[2], 'utf8'))) {
  const { code, map, errors } = transformSync(file, readFileSync(file, 'utf8'), OPTIONS);
  if (errors.length > 0) throw new Error(`${file}: ${errors[0].codeframe ?? errors[0].message}`);
  const out = join('dist', file.replace(/\.ts$/, '.js'));
  const name = out.slice(out.lastIndexOf('/') + 1);
  mkdirSync(dirname(out), { recursive: true });
  writeFileSync(out, `${code}//# sourceMappingURL=${name}.map\n`);
  writeFileSync(`${out}.map`, JSON.stringify({ ...map, sources: [relative(dirname(out), file)] }));
}
