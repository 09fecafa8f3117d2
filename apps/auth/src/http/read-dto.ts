import { validateSync } from 'class-validator';
import { validationFailed } from '#app/http';

/**
 * Reads a body or query into its DTO: the fields that the DTO names, each by its rules.
 * @throws {ApiError} 422 naming each field that breaks a rule
 */
export function readDto<T extends object>(type: new () => T, source: Readonly<Record<string, unknown>>): T {
  const dto = new type();
  for (const name of Object.keys(dto)) if (Object.hasOwn(source, name)) Object.assign(dto, { [name]: source[name] });
  const failed = validateSync(dto, { validationError: { target: false, value: false } });
  if (failed.length > 0)
    throw validationFailed(
      Object.fromEntries(failed.map(({ property, constraints }) => [property, Object.values(constraints!)])),
    );
  return dto;
}
