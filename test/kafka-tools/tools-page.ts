import { readFileSync } from 'node:fs';

const PAGE = 'docs/kafka-tools.md';
const BLOCK = /^```(\w+)\n(.*?)^```$/gms;

/** A code block of the page. */
interface CodeBlock {
  heading: string;
  language: string;
  text: string;
}

function blocks(): CodeBlock[] {
  return readFileSync(PAGE, 'utf8')
    .split(/^## /m)
    .slice(1)
    .flatMap((section) => {
      const [heading = ''] = section.split('\n', 1);
      return [...section.matchAll(BLOCK)].map(([, language, text]) => ({ heading, language: language!, text: text! }));
    });
}

/** The code blocks below a heading, in a language. */
export const blocksOf = (heading: string, language: string): string[] =>
  blocks().flatMap((block) => (block.heading === heading && block.language === language ? [block.text] : []));

/** The commands of a block of shell lines, without their comments. */
export const commandsOf = (block: string): string[] =>
  block.split('\n').flatMap((line) => line.replace(/\s+#.*$/, '').trim() || []);
