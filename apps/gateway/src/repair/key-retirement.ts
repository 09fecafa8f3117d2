import { TOPIC_SETTINGS } from '#app/contracts';

const { 'portal-logins.v1': logins, 'portal-logins.v1.dead-letters': deadLetters } = TOPIC_SETTINGS;

/** How long a replaced record can stay on the topic of logins, in milliseconds. */
const REPLACED_MS = Number(logins['max.compaction.lag.ms']) + Number(logins['segment.ms']);
/** How long a dead letter stays, in milliseconds. */
const DEAD_LETTER_MS = Number(deadLetters['retention.ms']) + Number(deadLetters['segment.ms']);

/**
 * Until when an old key is needed after the last credential was sealed again: a reader that starts from the beginning still
 * finds old records, and a record that it cannot apply is a dead letter for some time.
 */
export const oldKeysNeededUntil = (resealedAt: Date): Date => new Date(resealedAt.getTime() + REPLACED_MS + DEAD_LETTER_MS);
