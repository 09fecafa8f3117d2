import { readFileSync } from 'node:fs';
import { InvalidSettings } from './invalid-settings.js';

/** Source of settings: the environment, or a test's own values. */
export type SettingsSource = Readonly<Record<string, string | undefined>>;

/**
 * Parses a setting's text.
 * @throws {Error} whose message continues the setting's name (`must be …`) and doesn't show the text
 */
export type SettingParser<T> = (text: string) => T;

/** An env file's quotes that its reader left. */
const QUOTED = /^(['"]).*\1$/s;
export const isQuoted = (text: string): boolean => QUOTED.test(text);

/** Reads settings one by one and collects the errors, so that all of them are reported at once. */
export class SettingsReader {
  private readonly defects: string[] = [];

  constructor(private readonly source: SettingsSource) {}

  /** The unchanged text, including blanks; undefined where it is not set. */
  text(name: string): string | undefined {
    return this.source[name];
  }

  /** A setting without surrounding blanks; an empty one counts as not set. Without a fallback (undefined) it is required. */
  read<T>(name: string, fallback: T | undefined, parse: SettingParser<T>): T {
    const text = this.source[name]?.trim();
    try {
      if (text && isQuoted(text)) throw new Error('must not be in quotes: not every reader of env files removes them');
      if (text) return parse(text);
      if (fallback !== undefined) return fallback;
      throw new Error('is required');
    } catch (error) {
      this.defects.push(`${name} ${(error as Error).message}.`);
      // A placeholder: the settings as a whole are rejected.
      return undefined as T;
    }
  }

  /** A required setting that can also be the content of a file, which `NAME_FILE` names. */
  readOrFile<T>(name: string, parse: SettingParser<T>): T {
    const file = `${name}_FILE`;
    if (this.source[name]?.trim() || !this.source[file]?.trim()) return this.read(name, undefined, parse);
    return this.read(file, undefined, (path) => parse(contentOf(path)));
  }

  /** Like {@link readOrFile}; undefined where neither is set. */
  readOptionalOrFile<T>(name: string, parse: SettingParser<T>): T | undefined {
    const isSet = [name, `${name}_FILE`].some((one) => this.source[one]?.trim());
    return isSet ? this.readOrFile(name, parse) : undefined;
  }

  /**
   * Reads the present content of the file that `NAME_FILE` names; while the file is being replaced, its former content.
   * Undefined where the setting is not in a file.
   */
  renewable(name: string): (() => string) | undefined {
    const file = this.source[`${name}_FILE`]?.trim();
    if (this.source[name]?.trim() || !file) return undefined;
    let last = '';
    const read = (): string => {
      try {
        last = contentOf(file) || last;
      } catch {
        // The next reading finds the new file.
      }
      return last;
    };
    // The file can be replaced before the first use.
    read();
    return read;
  }

  /** Adds an error that concerns several settings. */
  refuse(defect: string): void {
    this.defects.push(defect);
  }

  /** Returns the settings once all are read. @throws {InvalidSettings} with every error */
  accept<T>(settings: T): T {
    if (this.defects.length > 0) throw new InvalidSettings(this.defects);
    return settings;
  }
}

function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    throw new Error('names a file that cannot be read');
  }
}
