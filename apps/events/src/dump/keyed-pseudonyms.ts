import { createHmac, randomBytes } from 'node:crypto';
import { loginEmailKey } from '#app/contracts';

/** Hexadecimal digits of a pseudonym: few enough to read, and no two of a hundred million emails share theirs. */
const DIGITS = 20;
const PHONE_DIGITS = 10;

/** Replaces texts by the keyed hash of each, so that none has to be remembered: the same text of a kind always by the same one. */
export class KeyedPseudonyms {
  /** @param key is kept nowhere: nobody can find out afterwards whose hash it is */
  constructor(private readonly key: Buffer = randomBytes(32)) {}

  /** For instance `last_name 5f2b…`. */
  text(kind: string, text: string): string {
    return `${kind} ${this.hash(kind, text).slice(0, DIGITS)}`;
  }

  phone(text: string): string {
    return `+1 555 ${String(BigInt(`0x${this.hash('phone', text)}`)).slice(-PHONE_DIGITS)}`;
  }

  /** Spellings of one login's email stay spellings of one login's email. */
  email(text: string): string {
    const key = loginEmailKey(text);
    const local = `person-${this.hash('email', key).slice(0, DIGITS)}`;
    if (text === key) return `${local}@example.com`;
    const spelling = parseInt(this.hash('spelling', text).slice(0, 6), 16);
    const spelled = [...local].map((letter, index) => ((spelling >> index) & 1 ? letter.toUpperCase() : letter)).join('');
    return `${spelled}@example.com`;
  }

  /** In the form of a sealed credential, which no key opens. */
  credential(text: string): string {
    return `redacted..iv.${this.hash('credential', text).slice(0, DIGITS)}.tag`;
  }

  /** PostgreSQL's form of 32 bytes. */
  bytes(text: string): string {
    return `\\x${this.hash('bytes', text)}`;
  }

  private hash(kind: string, text: string): string {
    return createHmac('sha256', this.key).update(`${kind}\n${text}`).digest('hex');
  }
}
