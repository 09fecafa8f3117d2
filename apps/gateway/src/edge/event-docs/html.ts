const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text that is HTML already: it is not escaped again. */
export class Html {
  constructor(readonly text: string) {}
}

type Part = string | number | Html | readonly Part[] | undefined;

const shown = (part: Part): string => {
  if (part instanceof Html) return part.text;
  if (Array.isArray(part)) return (part as readonly Part[]).map(shown).join('');
  return String((part as string | number | undefined) ?? '').replace(/[&<>"']/g, (character) => ESCAPES[character]!);
};

/** A template of HTML: it escapes each value that is not HTML already. */
export const html = (texts: TemplateStringsArray, ...parts: Part[]): Html =>
  new Html(texts.reduce((done, text, index) => done + shown(parts[index - 1]) + text));

/** Text with its `code` marked up. */
export const prose = (text: string): Html => new Html(shown(text).replace(/`([^`]+)`/g, '<code>$1</code>'));
