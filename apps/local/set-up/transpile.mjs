// Turns TypeScript into JavaScript, file by file: node transpile.mjs <list>. The list is a JSON file with paths from the current folder.
// `npm run types` checks types; a start does not wait for that.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import ts from 'typescript';

const THREADS = 2;

/** The package makes these files ES modules; a single file does not say so. */
const compilerOptions = () => {
  const { config } = ts.readConfigFile('tsconfig.json', ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, '.');
  return { ...options, module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler };
};

function transpile(files) {
  const options = compilerOptions();
  for (const file of files) {
    const out = join('dist', file.replace(/\.ts$/, '.js'));
    const from = relative(dirname(out), file);
    const { outputText, sourceMapText, diagnostics } = ts.transpileModule(readFileSync(file, 'utf8'), {
      compilerOptions: options,
      fileName: file,
      reportDiagnostics: true,
    });
    const [defect] = diagnostics;
    if (defect) throw new Error(`${file}: ${ts.flattenDiagnosticMessageText(defect.messageText, '\n')}`);
    mkdirSync(dirname(out), { recursive: true });
    writeFileSync(out, outputText);
    writeFileSync(`${out}.map`, JSON.stringify({ ...JSON.parse(sourceMapText), sources: [from] }));
  }
}

if (isMainThread) {
  const files = JSON.parse(readFileSync(process.argv[2], 'utf8'));
  const shares = Array.from({ length: THREADS }, (_, n) => files.filter((_, index) => index % THREADS === n));
  for (const share of shares.filter(({ length }) => length > 0))
    new Worker(new URL(import.meta.url), { workerData: share }).on('error', (error) => {
      console.error(error.message);
      process.exitCode = 1;
    });
} else transpile(workerData);
