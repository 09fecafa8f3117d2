import { hasRegistrableDomain } from '#app/contracts';
import { isEmail, ValidateBy, ValidateIf, type ValidationArguments } from 'class-validator';

/** Describes what is wrong with a value, without the value; null if it is valid. */
export type Rule = (value: unknown, dto: object) => string | null;

/** A class-validator decorator from a {@link Rule}. */
export const Must = (name: string, rule: Rule): PropertyDecorator =>
  ValidateBy({
    name,
    validator: {
      validate: (value: unknown, args?: ValidationArguments) => rule(value, args!.object) === null,
      defaultMessage: (args?: ValidationArguments) => rule(args!.value, args!.object) ?? '',
    },
  });

/** The condition of {@link IfPresent}. */
export const isPresent = (_: unknown, value: unknown): boolean => value !== undefined;

/** Skips an absent field. Unlike `@IsOptional()`, this lets no null through. */
export const IfPresent = (): PropertyDecorator => ValidateIf(isPresent);

/** Accepts a null, which clears the field. */
export const Nullable = (): PropertyDecorator => ValidateIf((_, value) => value !== null);

/** Default maximum of a string, in code points. */
export const MAX_TEXT = 255;
// C0 controls except tab, newline and carriage return.
const FORBIDDEN_CONTROLS = '\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f';
const FORBIDDEN = new RegExp(`[${FORBIDDEN_CONTROLS}]`);

/** Whether a text has a control character that is not stored. */
export const hasForbiddenControl = (text: string): boolean => FORBIDDEN.test(text);

/** The JSON Schema of a storable text. */
export const TEXT_PATTERN = `^[^${FORBIDDEN_CONTROLS}]*$`;

/** Length in code points; cheap for a string that cannot be too long. */
const longerThan = (text: string, max: number): boolean => text.length > max && [...text].length > max;

/** A storable string: well-formed, without control characters, at most `max` code points. */
export const textRule =
  (max = MAX_TEXT): Rule =>
  (value) => {
    if (typeof value !== 'string') return 'must be a string';
    if (!value.isWellFormed()) return 'must be well-formed Unicode';
    if (hasForbiddenControl(value)) return 'must not contain control characters';
    return longerThan(value, max) ? `must be at most ${max} characters` : null;
  };

const anyText = textRule();

/** An email address that can be a login: its domain has an ASCII form. Length is checked before the pattern runs. */
export const emailRule: Rule = (value, dto) =>
  anyText(value, dto) ?? (isEmail(value) && hasRegistrableDomain(value as string) ? null : 'must be an email address');

/** An integer that JSON and JavaScript carry without loss. */
export const integerRule: Rule = (value) => (Number.isSafeInteger(value) ? null : 'must be an integer');

export const booleanRule: Rule = (value) => (typeof value === 'boolean' ? null : 'must be true or false');
