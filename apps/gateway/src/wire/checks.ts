import type { FieldErrors } from '#app/http';
import { getMetadataStorage, ValidationTypes, type ValidationArguments } from 'class-validator';
import { ItemDto } from './lists.js';
import { isPresent } from './rules.js';

type Metadata = ReturnType<ReturnType<typeof getMetadataStorage>['getTargetValidationMetadatas']>[number];
type Dto = object & Record<string, unknown>;
type FieldCheck = (dto: Dto, parent: string, errors: FieldErrors) => void;

const checks = new Map<unknown, readonly FieldCheck[]>();

/**
 * Checks a DTO by the rules that its class declares, and adds its errors by their paths.
 * The rules of a class are collected once: class-validator's own `validateSync` does so at each call, which cost 19 µs an update.
 */
export function checkDto(dto: object, parent: string, errors: FieldErrors): void {
  let fields = checks.get(dto.constructor);
  if (!fields) checks.set(dto.constructor, (fields = fieldChecksOf(dto.constructor)));
  for (const check of fields) check(dto as Dto, parent, errors);
}

function fieldChecksOf(type: unknown): FieldCheck[] {
  const storage = getMetadataStorage();
  const declared = storage.getTargetValidationMetadatas(type as () => void, '', false, false);
  return Object.entries(storage.groupByPropertyName(declared)).map(([name, metadata]) => fieldCheck(name, metadata));
}

function fieldCheck(name: string, metadata: readonly Metadata[]): FieldCheck {
  const ofType = (type: string) => metadata.filter((each) => each.type === type);
  const conditions = ofType(ValidationTypes.CONDITIONAL_VALIDATION).map(
    ({ constraints }) => (constraints as [(dto: object, value: unknown) => boolean])[0],
  );
  const isOptional = conditions.includes(isPresent);
  const rules = ofType(ValidationTypes.CUSTOM_VALIDATION).flatMap(rulesOf);
  const isNested = ofType(ValidationTypes.NESTED_VALIDATION).length > 0;
  return (dto, parent, errors) => {
    const value = dto[name];
    // Most fields of most bodies.
    if (value === undefined && isOptional) return;
    if (!conditions.every((holds) => holds(dto, value))) return;
    const path = pathOf(name, parent);
    for (const rule of rules) {
      const error = rule(dto, value);
      if (error !== undefined) (errors[path] ??= []).push(error);
    }
    // A list's own rule reports that it is no list.
    if (isNested && Array.isArray(value)) checkItems(value, path, errors);
  };
}

/** The error of a value; undefined if it is valid. */
type ValueCheck = (dto: object, value: unknown) => string | undefined;

const rulesOf = ({ constraintCls, propertyName: property, constraints }: Metadata): ValueCheck[] =>
  getMetadataStorage()
    .getTargetValidatorConstraints(constraintCls)
    .map(({ instance }) => (object, value) => {
      const details: ValidationArguments = { targetName: '', property, object, value, constraints };
      return instance.validate(value, details) === true ? undefined : instance.defaultMessage!(details);
    });

const pathOf = (name: string, parent: string): string => (name === 'item' ? parent : parent ? `${parent}.${name}` : name);

function checkItems(items: readonly unknown[], path: string, errors: FieldErrors): void {
  items.forEach((item, index) => {
    // Others are a caller's own: their `constructor` is whatever the body says.
    if (item instanceof ItemDto) checkDto(item, `${path}.${index}`, errors);
  });
}
