/** A line of a document that names a thing of the repository. */
export interface Mention {
  document: string;
  line: number;
  text: string;
}

const CODE = /`([^`\n]+)`/g;
const LINK = /\]\(([^)\s]+)\)/g;
const FILE = /^[\w.@/-]+\.(?:ts|mjs|js|json|jsonl|md|py|yml|yaml|sh)$/;
const FOLDER = /^[\w.@-]+(?:\/[\w.@-]+)*\/$/;
const SPEC = /^[\w.-]+\.?(?:spec|int-spec|e2e-spec|deploy-spec)$/;
const SETTING = /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$/;

const each = (document: string, text: string, found: (line: string) => Iterable<string>): Mention[] =>
  text.split('\n').flatMap((line, index) => [...found(line)].map((text) => ({ document, line: index + 1, text })));

const captured = function* (pattern: RegExp, line: string): Generator<string> {
  for (const match of line.matchAll(pattern)) yield match[1]!;
};

/** The targets of links within the repository, with their anchors. */
export const linksOf = (document: string, text: string): Mention[] =>
  each(document, text, (line) => [...captured(LINK, line)].filter((target) => !/^[a-z]+:/.test(target)));

/** Paths and names of files, folders and specs in code spans. */
export const filesOf = (document: string, text: string): Mention[] =>
  each(document, text, (line) =>
    [...captured(CODE, line)].filter((code) => FILE.test(code) || FOLDER.test(code) || SPEC.test(code)),
  );

/** Names of settings in code spans, as they are and before `=`. */
export const settingsOf = (document: string, text: string): Mention[] =>
  each(document, text, (line) =>
    [...captured(CODE, line)]
      .flatMap((code) => code.split(/[\s,]+/))
      .map((word) => word.replace(/=.*$/, ''))
      .filter((word) => SETTING.test(word)),
  );

/** What follows `npm` in code spans and code blocks: `run events -- tail --since 1h`. */
export const npmCommandsOf = (document: string, text: string): Mention[] =>
  each(document, text, (line) =>
    [...line.matchAll(/\bnpm ((?:run(?: --silent)? [a-z:-]+|start|test)(?: -- [^`#|)]*)?)/g)].map((match) => match[1]!.trim()),
  );

/** Paths that a command line gives to node: `node dist/apps/gateway/src/main.js`. */
export const nodeProgramsOf = (document: string, text: string): Mention[] =>
  each(document, text, (line) => captured(/\bnode ((?:dist|apps|libs|test)\/[\w./-]+\.m?js)/g, line));

/** The anchors that GitHub gives to a document's headings. */
export const anchorsOf = (text: string): string[] =>
  [...text.matchAll(/^#{1,6} (.+)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
