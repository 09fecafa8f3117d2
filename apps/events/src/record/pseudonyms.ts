import { loginEmailKey } from '#app/contracts';

/** Replaces texts: the same text of a kind always by the same one, different texts by different ones. */
export class Pseudonyms {
  private readonly numbers = new Map<string, Map<string, number>>();

  /** For instance `last_name 3`. */
  text(kind: string, text: string): string {
    return `${kind} ${this.numberOf(kind, text)}`;
  }

  phone(text: string): string {
    return `+1 555 ${String(this.numberOf('phone', text)).padStart(7, '0')}`;
  }

  /** Spellings of one login's email stay spellings of one login's email. */
  email(text: string): string {
    const key = loginEmailKey(text);
    const local = `person-${this.numberOf('email', key)}`;
    const spelling = this.numberOf(`spelling of ${key}`, text) - 1;
    const upper = [...local].map((letter, index) => ((spelling >> index) & 1 ? letter.toUpperCase() : letter)).join('');
    return `${upper}@example.com`;
  }

  /** In the form of a sealed credential, which no key opens. */
  credential(text: string): string {
    return `redacted..iv.${this.numberOf('credential', text)}.tag`;
  }

  private numberOf(kind: string, text: string): number {
    const numbers = this.numbers.get(kind) ?? new Map<string, number>();
    this.numbers.set(kind, numbers);
    const number = numbers.get(text) ?? numbers.size + 1;
    numbers.set(text, number);
    return number;
  }
}
