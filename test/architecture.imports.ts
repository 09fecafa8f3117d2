import { join, normalize } from 'node:path';
import ts from 'typescript';

/** One import or re-export of a file. */
export interface Import {
  /** A package by its name; a file of this repository as a path from the root, without its ending. */
  target: string;
  /** The imported names; `*` is all of them. */
  names: string[];
  /** Whether the import is gone at run time. */
  typeOnly: boolean;
  /** Whether the module is loaded only when the code asks for it. */
  late?: boolean;
}

/** A file and what it imports. */
export interface Source {
  path: string;
  text: string;
  imports: Import[];
}

const LOADED_LATER = /\b(?:import|require)\(\s*'([^']+)'\s*\)/g;

/** Reads a file's imports: static imports, re-exports and dynamic imports. */
export function readSource(path: string, text: string): Source {
  const { statements } = ts.createSourceFile(path, text, ts.ScriptTarget.Latest);
  const imports = statements.flatMap((statement) => {
    if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) return [];
    const specifier = statement.moduleSpecifier;
    if (!specifier || !ts.isStringLiteral(specifier)) return [];
    return [{ target: targetOf(path, specifier.text), ...takenBy(statement) }];
  });
  const later = [...text.matchAll(LOADED_LATER)].map(([, specifier]) => targetOf(path, specifier!));
  return { path, text, imports: [...imports, ...later.map((target) => ({ target, names: ['*'], typeOnly: false, late: true }))] };
}

const targetOf = (path: string, specifier: string): string =>
  specifier.startsWith('.') ? normalize(join(path, '..', specifier)).replace(/\.js$/, '') : specifier;

function takenBy(statement: ts.ImportDeclaration | ts.ExportDeclaration): Omit<Import, 'target'> {
  if (ts.isExportDeclaration(statement)) return { names: ['*'], typeOnly: statement.isTypeOnly };
  const clause = statement.importClause;
  const bindings = clause?.namedBindings;
  const elements = bindings && ts.isNamedImports(bindings) ? [...bindings.elements] : [];
  const names = elements.map(({ name, propertyName }) => (propertyName ?? name).text);
  if (bindings && ts.isNamespaceImport(bindings)) names.push('*');
  const erased = !clause?.name && elements.length > 0 && elements.every(({ isTypeOnly }) => isTypeOnly);
  return { names, typeOnly: clause?.phaseModifier === ts.SyntaxKind.TypeKeyword || erased };
}
