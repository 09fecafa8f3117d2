const SEPARATOR = '\x1f';
const NULL = '\x1e';

/**
 * A list as one value of a statement, for {@link listIn}. JSON, ids, topics and keys contain neither of the two characters, and an array costs
 * another pass over each text. Not for an empty list, nor for one of a single empty text: both are read as a list without items.
 */
export const joinedList = (items: readonly (string | null)[]): string => items.map((item) => item ?? NULL).join(SEPARATOR);

/** The `text[]` of a statement's parameter that {@link joinedList} made. @param parameter its number */
export const listIn = (parameter: number): string => `string_to_array($${parameter}, E'\\x1f', E'\\x1e')`;
