import { InvalidArgumentError } from 'commander';

/** Reads an option that is a whole number; `,` or `_` may separate groups of three digits. */
export const wholeNumber =
  (min: number, max = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const digits = text.replaceAll(/[_,](?=\d{3})/g, '');
    const number = /^\d{1,15}$/.test(digits) ? Number(digits) : NaN;
    if (number >= min && number <= max) return number;
    const range = max === Number.MAX_SAFE_INTEGER ? `from ${min} on` : `from ${min} to ${max}`;
    throw new InvalidArgumentError(`Expected a whole number ${range}.`);
  };
