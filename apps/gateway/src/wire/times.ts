import { readRfc3339 } from '#app/contracts';

/** The format of a time, for messages. */
export const TIME_FORM = 'an RFC 3339 time such as 2030-01-31T09:00:00Z';

const DATE = /^\d{4}-\d{2}-\d{2}$/;

/** Like {@link readRfc3339}; a date is its start in UTC. */
export const readTimeOrDate = (text: string): Date | null => readRfc3339(DATE.test(text) ? `${text}T00:00:00Z` : text);
