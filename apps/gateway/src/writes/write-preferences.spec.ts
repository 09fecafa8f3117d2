import { expect, it } from '@jest/globals';
import { parsePreferences } from './write-preferences.js';

it.each<[string, dryRun: boolean, strict: boolean]>([
  ['dry-run', true, false],
  ['respond-async, Dry-Run;a=b, handling = "strict" ; c', true, true],
  ['handling=lenient, handling=strict', false, false],
  ['reason="x, dry-run, y"', false, false],
  ['reason="x, dry-run, y", handling=strict', false, true],
  ['a="\\", dry-run", b="\\\\", dry-run', true, false],
  ['a; b="x, dry-run, handling=strict"', false, false],
  ['a; b="x; y, z", dry-run', true, false],
  ['"dry-run", handling="strict, lenient"', false, false],
  ['handling="strict;lenient"', false, false],
  // A quote that is not closed quotes nothing: nothing is written where a dry run may have been meant.
  ['a="x, dry-run', true, false],
  ['a="x\\", dry-run, \\', true, false],
  ['', false, false],
])('when Prefer is %j / a dry run is %s, and strict handling %s', (header, dryRun, strict) => {
  expect(parsePreferences(header)).toEqual({ dryRun, strict });
});
