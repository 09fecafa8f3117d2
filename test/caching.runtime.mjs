import vm from 'node:vm';
import JestRuntime from 'jest-runtime';

// A worker loads the same packages for each of its suites. It keeps their text, their paths and V8's compiled code for the next suite.
// Each suite still evaluates modules of its own.

const isInstalled = (path) => path.includes('/node_modules/');
const installedFiles = new Map();

/** The texts of files that a suite has read. Those of installed packages are the worker's. */
class FileTexts extends Map {
  get(path) {
    return super.get(path) ?? installedFiles.get(path);
  }

  set(path, text) {
    if (!isInstalled(path)) return super.set(path, text);
    installedFiles.set(path, text);
    return this;
  }
}

/** Paths of imported modules. A runtime clears them at its end; they hold for the next one. */
class ResolvedPaths extends Map {
  clear() {}
}

const pathsOf = new WeakMap();

function resolvedPaths(resolver) {
  if (!pathsOf.has(resolver)) pathsOf.set(resolver, { esm: new ResolvedPaths(), cjs: new ResolvedPaths() });
  return pathsOf.get(resolver);
}

const compiledCode = new Map();
const { SourceTextModule, compileFunction } = vm;

function compileModule(code, options) {
  const kept = compiledCode.get(options.identifier);
  if (kept?.code === code) {
    try {
      return new SourceTextModule(code, { ...options, cachedData: kept.data });
    } catch (error) {
      if (error.code !== 'ERR_VM_MODULE_CACHED_DATA_REJECTED') throw error;
    }
  }
  const module = new SourceTextModule(code, options);
  compiledCode.set(options.identifier, { code, data: module.createCachedData() });
  return module;
}

function compileCached(code, params, options) {
  const key = `${options?.filename}(${params})`;
  const kept = compiledCode.get(key);
  if (kept?.code === code) return compileFunction(code, params, { ...options, cachedData: kept.data });
  const compiled = compileFunction(code, params, { ...options, produceCachedData: true });
  compiledCode.set(key, { code, data: compiled.cachedData });
  return compiled;
}

// jest's runtime has no option for compiled code.
vm.SourceTextModule = new Proxy(SourceTextModule, { construct: (_, [code, options]) => compileModule(code, options) });
vm.compileFunction = compileCached;

class CachingRuntime extends JestRuntime {
  constructor(config, environment, resolver, transformer, texts, ...rest) {
    super(config, environment, resolver, transformer, new FileTexts(texts), ...rest);
    const { esm, cjs } = resolvedPaths(resolver);
    Object.assign(this._resolution, { esmCache: esm, cjsCache: cjs });
  }
}

// What `require` answers: jest loads a runtime with it.
export { CachingRuntime as 'module.exports' };
