import { describe, expect, it } from '@jest/globals';
import { hiddenInName, lookAlikeKey, unclearInEmail, unusualBlankIn, visibleText } from './look-alike.js';
import { loginEmailKey } from './login-email-key.js';

const HIDDEN: [string, string][] = [
  ['a zero width space', '\u200b'],
  ['a word joiner', '\u2060'],
  ['a zero width no-break space', '\ufeff'],
  ['a soft hyphen', '\u00ad'],
  ['a zero width non-joiner', '\u200c'],
  ['a zero width joiner', '\u200d'],
  ['a right-to-left override', '\u202e'],
  ['an isolate', '\u2066'],
  ['a left-to-right mark', '\u200e'],
  ['an Arabic letter mark', '\u061c'],
  ['a combining grapheme joiner', '\u034f'],
  ['a Hangul filler', '\u3164'],
  ['a half width Hangul filler', '\uffa0'],
  ['a Khmer vowel that shows nothing', '\u17b4'],
  ['a Mongolian vowel separator', '\u180e'],
  ['a variation selector', '\ufe0f'],
  ['a selector of the supplement', '\u{e0101}'],
  ['a tag', '\u{e0041}'],
  ['an annotation anchor', '\ufff9'],
  ['an invisible times', '\u2062'],
  ['a musical control', '\u{1d173}'],
  ['a blank of Braille', '\u2800'],
  ['a line separator', '\u2028'],
  ['a newline', '\n'],
  ['a tab', '\t'],
  ['a C1 control', '\u0085'],
];
const BLANKS = ['\u00a0', '\u1680', '\u2000', '\u2003', '\u2009', '\u200a', '\u202f', '\u205f', '\u3000'];

describe.each(HIDDEN)('when a text holds %s', (_, character) => {
  const number = `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`;

  it('in a name or an email / returns its number', () => {
    expect(hiddenInName(`sa${character}les`)).toBe(number);
    expect(unclearInEmail(`a${character}da@x.io`)).toBe(number);
    expect(unclearInEmail(`ada@x${character}y.io`)).toBe(number);
  });

  it('in a text / leaves it out, and the email looks like the one without it', () => {
    expect(visibleText(`sa${character}les`)).toBe('sales');
    expect(lookAlikeKey(`a${character}da@x.io`)).toBe('ada@x.io');
  });
});

it.each(BLANKS)('when a name or email contains the blank %j / returns its number, and accepts a plain space', (blank) => {
  expect(unusualBlankIn(`key${blank}account`)).toMatch(/^U\+[0-9A-F]{4}$/);
  expect(unclearInEmail(`a${blank}da@x.io`)).toBe(unusualBlankIn(blank));
  expect(lookAlikeKey(`a${blank}da@x.io`)).toBe('ada@x.io');
  expect(unusualBlankIn('key account')).toBeUndefined();
  expect(hiddenInName(`key${blank}account`)).toBeUndefined();
});

it.each([
  ['plain', 'Key accounts'],
  ['accented, in either form', 'Café cafe\u0301'],
  ['Japanese, with a form of a character', '株式会社\u3000葛\u{e0100}城'],
  ['Persian, with a non-joiner', 'می\u200cخواهم'],
  ['Hindi, with a joiner', 'क्\u200dष'],
  ['Hebrew, Thai, Korean, Greek, Russian', 'שלום สวัสดี 안녕 Γειά Привет'],
  ['an emoji with a selector', 'love ❤️'],
  ['a family', '👨‍👩‍👧'],
  ['a flag of England', '🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}'],
  ['a keycap', '1️⃣'],
])('when a name is %s / finds nothing hidden', (_, name) => {
  expect(hiddenInName(name)).toBeUndefined();
});

it.each([
  ['a full width letter', '\uff41da@x.io', 'U+FF41'],
  ['a ligature', 'o\ufb03ce@x.io', 'U+FB03'],
  ['a mathematical letter', '\u{1d41a}da@x.io', 'U+1D41A'],
  ['a superscript', 'ada\u00b2@x.io', 'U+00B2'],
  ['a private character', 'ada\ue000@x.io', 'U+E000'],
  ['a quoted newline', '"a\nBcc: eve"@x.io', 'U+000A'],
])('when an email contains %s / returns its number', (_, email, number) => {
  expect(unclearInEmail(email)).toBe(number);
});

it.each([
  'ada@x.io',
  'ada+news@x.io',
  'josé@exämple.de',
  'jose\u0301@x.io',
  '用户@例え.jp',
  'straße@x.io',
  'пример@пример.рф',
  "o'neil@x.io",
])('when an email is %s / finds nothing hidden, and it looks like its own key', (email) => {
  expect(unclearInEmail(email)).toBeUndefined();
  expect(lookAlikeKey(email)).toBe(loginEmailKey(email));
});
