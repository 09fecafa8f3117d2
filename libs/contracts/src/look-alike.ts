import { loginEmailKey } from './login-email-key.js';

// Uses the tables of Node's Unicode version: process.versions.unicode.
/** Characters that are invisible, change the direction or joining of their neighbours, or end a line. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/u;
const ALL_HIDDEN = new RegExp(HIDDEN.source, 'gu');
/** Emoji are sequences with their own joiners and selectors. */
const EMOJI = /\p{RGI_Emoji}|\p{Emoji}\ufe0e/gv;
/** Scripts that need joiners inside words, and that are never mixed with Latin: Persian, the languages of India. */
const JOINED =
  /(?<=[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Nko}\p{Script=Adlam}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gurmukhi}\p{Script=Gujarati}\p{Script=Oriya}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Sinhala}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}\p{Script=Mongolian}])[\u200c\u200d\u180b-\u180d](?=\p{L})/gu;
/** Japanese names choose among variants of one character. */
const HAN_VARIANT = /(?<=\p{Script=Han})[\ufe00-\ufe02\u{e0100}-\u{e01ef}]/gu;
/** Characters that an email never needs: blanks, and characters without a meaning that all readers share. */
const NOT_IN_EMAILS = /[\p{White_Space}\p{Zs}\p{Co}\p{Cn}]/u;

/** A character by its number, since it is often invisible. */
const numberOf = (character: string): string => `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`;

/** The first invisible character of a name, as `U+200B`; undefined where all of it is visible. Emoji, and joiners of scripts that need them, count as visible. */
export function hiddenInName(name: string): string | undefined {
  const rest = name.replace(EMOJI, '').replace(JOINED, '').replace(HAN_VARIANT, '');
  const [found] = HIDDEN.exec(rest) ?? [];
  return found === undefined ? undefined : numberOf(found);
}

/** The first blank of a name that is not a plain space, as `U+00A0`; undefined where there is no such blank. */
export function unusualBlankIn(name: string): string | undefined {
  const [found] = /(?! )[\p{Zs}\p{White_Space}]/u.exec(name) ?? [];
  return found === undefined ? undefined : numberOf(found);
}

/** The first character of an email that is invisible, a blank, or a look-alike of a plain letter; undefined where there is no such character. */
export function unclearInEmail(email: string): string | undefined {
  const local = email.slice(0, email.lastIndexOf('@'));
  const [found] = HIDDEN.exec(email) ?? NOT_IN_EMAILS.exec(email) ?? [];
  const unclear = found ?? [...local.normalize('NFC')].find((character) => character.normalize('NFKC') !== character);
  return unclear === undefined ? undefined : numberOf(unclear);
}

/** A text without its invisible characters. */
export const visibleText = (text: string): string => text.replace(ALL_HIDDEN, '');

/**
 * Equal for two emails that look the same though they are two logins: invisible characters and blanks are left out, and letters with a plain
 * equivalent (`ａ`, `ﬁ`) are replaced by it. Letters of other scripts that look similar stay different.
 */
export const lookAlikeKey = (email: string): string =>
  loginEmailKey(
    visibleText(email)
      .normalize('NFKC')
      .replace(/[\p{White_Space}\p{Zs}]/gu, ''),
  );
