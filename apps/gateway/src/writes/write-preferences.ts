import { withoutQuotedSeparators } from '#app/http';

/** The known preferences of a `Prefer` header (RFC 7240). */
interface WritePreferences {
  dryRun: boolean;
  strict: boolean;
}

/** Reads a `Prefer` header; unknown preferences are ignored, of a repeated one the first counts. */
export function parsePreferences(header: string | undefined): WritePreferences {
  if (header === undefined) return { dryRun: false, strict: false };
  const preferences = new Map<string, string>();
  for (const preference of withoutQuotedSeparators(header).split(',')) {
    const [name = '', value = ''] = preference
      .split(';', 1)[0]!
      .split('=')
      .map((part) => part.trim().toLowerCase());
    if (!preferences.has(name)) preferences.set(name, value.replace(/^"(.*)"$/, '$1'));
  }
  return { dryRun: preferences.has('dry-run'), strict: preferences.get('handling') === 'strict' };
}
