import { TOPIC_SETTINGS } from '#app/contracts';

const { 'portal-logins.v1': logins, 'portal-logins.v1.dead-letters': deadLetters } = TOPIC_SETTINGS;

/** How long a record that has been replaced can be on the topic of logins, in milliseconds. */
const REPLACED_MS = Number(logins['max.compaction.lag.ms']) + Number(logins['segment.ms']);
/** How long a dead letter stays, in milliseconds. */
const DEAD_LETTER_MS = Number(deadLetters['retention.ms']) + Number(deadLetters['segment.ms']);

/**
 * Until when an old key is needed, once nothing is sealed to it any more: for as long as a record is, a reader that starts from zero
 * meets it, and what it can't apply is a dead letter for its own time.
 */
export const oldKeysNeededUntil = (resealedAt: Date): Date => new Date(resealedAt.getTime() + REPLACED_MS + DEAD_LETTER_MS);
