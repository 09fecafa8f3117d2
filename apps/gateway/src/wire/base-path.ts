/** Base path of every route that needs a token. */
export const BASE_PATH = '/external/api/v1';
