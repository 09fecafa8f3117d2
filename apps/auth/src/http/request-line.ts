import { describeRequestsBy } from '#app/http';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks, once the token is checked: `operator`, or `contact 123` of a session. */
    actor?: string;
  }
}

/** The caller's part of a request's log line. */
export const requestDescriber = (settings: Parameters<typeof describeRequestsBy>[0]) =>
  describeRequestsBy(settings, ({ actor }) => actor);
