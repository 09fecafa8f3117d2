/** Levels that `LOG_LEVEL` takes. */
export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/**
 * Longer than any balancer in front keeps an idle connection (Google's 600 s, Azure's 240 s): the balancer must close first. Otherwise
 * it sends a request into a connection that is just closing, and answers its caller 502.
 */
export const KEEP_ALIVE_SECONDS = 620;
