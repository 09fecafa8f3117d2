const BEARER = /^Bearer +([\x21-\x7e]{1,4096}) *$/i;

/** The bearer token of an `Authorization` header; undefined if it has none. */
export const bearerTokenOf = (authorization: string | undefined): string | undefined => BEARER.exec(authorization ?? '')?.[1];

/** Why a header has no bearer token, for its sender. Of a token that is not accepted nothing is told: not whether it ever was. */
export const bearerDefectOf = (authorization: string | undefined): string =>
  authorization
    ? 'The Authorization header must be "Bearer", a space and a token.'
    : 'A bearer token is required: the request has no Authorization header.';
