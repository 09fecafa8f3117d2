import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Traces are for who sets OTEL_EXPORTER_OTLP_ENDPOINT: a run without it leaves these out. */
const TRACING = ['@opentelemetry/exporter-trace-otlp-http', '@opentelemetry/resources', '@opentelemetry/sdk-trace'];

/**
 * What is to be installed.
 * @typedef {{ all: boolean, tracing: boolean }} Extent `all`: development packages too; `tracing`: what sends traces
 */

/** What a command needs, and what is there already: installed packages stay. @returns {Extent} */
export function extentOf(root, { all }) {
  const has = (name) => existsSync(join(root, 'node_modules', name));
  return {
    all: all || has('jest'),
    tracing: all || Boolean(process.env.OTEL_EXPORTER_OTLP_ENDPOINT?.trim()) || has(TRACING[0]),
  };
}

/** The dependencies of package.json that belong to an extent, by name. */
export function rootsOf({ dependencies = {}, devDependencies = {} }, { all, tracing }) {
  const wanted = Object.entries({ ...dependencies, ...(all ? devDependencies : {}) });
  return Object.fromEntries(wanted.filter(([name]) => tracing || !TRACING.includes(name)));
}

/**
 * The lockfile's packages that an extent needs, by folder.
 * @param {Record<string, object>} packages those of the lockfile
 * @returns {Map<string, { isRequired: boolean }>} `isRequired`: on every system
 */
export function neededPackages(packages, extent) {
  const needed = new Map();
  const add = (folder, isRequired) => {
    const known = needed.get(folder);
    if (known && (known.isRequired || !isRequired)) return;
    needed.set(folder, { isRequired });
    addThoseOf(folder, packages[folder], isRequired);
  };
  const addThoseOf = (
    folder,
    { dependencies, optionalDependencies = {}, peerDependencies, peerDependenciesMeta },
    isRequired,
  ) => {
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
      if (peerDependenciesMeta?.[name]?.optional) continue;
      const found = folderOf(packages, folder, name);
      if (found) add(found, isRequired && !(name in optionalDependencies));
    }
  };
  addThoseOf('', { dependencies: rootsOf(packages[''], extent) }, true);
  return needed;
}

/** Where Node finds a package from a folder: in the nearest node_modules. */
function folderOf(packages, from, name) {
  for (let place = from; ; place = place.slice(0, Math.max(0, place.lastIndexOf('/node_modules/')))) {
    const folder = `${place && `${place}/`}node_modules/${name}`;
    if (packages[folder]) return folder;
    if (place === '') return undefined;
  }
}

/** Whether all that an extent needs is installed, at the lockfile's versions. */
export function isInstalled(root, extent) {
  try {
    const { packages } = read(root, 'package-lock.json');
    const present = presentPackages(root);
    return [...neededPackages(packages, extent)].every(([folder, { isRequired }]) =>
      present[folder] ? present[folder].version === packages[folder].version : !isRequired,
    );
  } catch {
    return false;
  }
}

export const presentPackages = (root) => read(root, 'node_modules/.package-lock.json').packages;
export const read = (root, file) => JSON.parse(readFileSync(join(root, file), 'utf8'));
