import { loginEmailKey } from './login-email-key.js';

// By the tables of the Unicode version that Node has: process.versions.unicode.
/** What shows nothing, changes the direction or joining of what stands beside it, or ends a line. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/u;
const ALL_HIDDEN = new RegExp(HIDDEN.source, 'gu');
/** Emoji are sequences with joiners and selectors of their own. */
const EMOJI = /\p{RGI_Emoji}|\p{Emoji}\ufe0e/gv;
/** Scripts that Latin is not mixed with write words with joiners: Persian, the languages of India. */
const JOINED =
  /(?<=[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Nko}\p{Script=Adlam}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gurmukhi}\p{Script=Gujarati}\p{Script=Oriya}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Sinhala}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}\p{Script=Mongolian}])[\u200c\u200d\u180b-\u180d](?=\p{L})/gu;
/** Japanese names choose among forms of one character. */
const HAN_VARIANT = /(?<=\p{Script=Han})[\ufe00-\ufe02\u{e0100}-\u{e01ef}]/gu;
/** What an email can never need: blanks, and characters without a meaning that all agree on. */
const NOT_IN_EMAILS = /[\p{White_Space}\p{Zs}\p{Co}\p{Cn}]/u;

/** A character by its number: it often cannot be shown. */
const numberOf = (character: string): string => `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`;

/** The first character of a name that cannot be seen, as `U+200B`; undefined where all of it can. Emoji, and joiners of scripts that need them, can. */
export function hiddenInName(name: string): string | undefined {
  const rest = name.replace(EMOJI, '').replace(JOINED, '').replace(HAN_VARIANT, '');
  const [found] = HIDDEN.exec(rest) ?? [];
  return found === undefined ? undefined : numberOf(found);
}

/** The first blank of a name that is no plain space, as `U+00A0`; undefined where there is none. */
export function unusualBlankIn(name: string): string | undefined {
  const [found] = /(?! )[\p{Zs}\p{White_Space}]/u.exec(name) ?? [];
  return found === undefined ? undefined : numberOf(found);
}

/** The first character of an email that cannot be seen, is a blank, or looks like a plain letter and is another; undefined where there is none. */
export function unclearInEmail(email: string): string | undefined {
  const local = email.slice(0, email.lastIndexOf('@'));
  const [found] = HIDDEN.exec(email) ?? NOT_IN_EMAILS.exec(email) ?? [];
  const unclear = found ?? [...local.normalize('NFC')].find((character) => character.normalize('NFKC') !== character);
  return unclear === undefined ? undefined : numberOf(unclear);
}

/** A text as a person sees it: without what cannot be seen. */
export const visibleText = (text: string): string => text.replace(ALL_HIDDEN, '');

/**
 * Equal for two emails that look the same though they are two logins: hidden characters and blanks are left out, and letters with a plain
 * equivalent (`ａ`, `ﬁ`) are that one. Letters of other scripts that resemble each other differ.
 */
export const lookAlikeKey = (email: string): string =>
  loginEmailKey(
    visibleText(email)
      .normalize('NFKC')
      .replace(/[\p{White_Space}\p{Zs}]/gu, ''),
  );
