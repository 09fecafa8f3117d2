import { describeRequestsBy } from '#app/http';

/** The caller's part of a request's log line: the token's id, and the address block or a keyed hash of it. */
export const requestDescriber = (settings: Parameters<typeof describeRequestsBy>[0]) =>
  describeRequestsBy(settings, ({ caller }) => caller?.tokenId);
