import type { Refusals } from '../writes/write-request.js';

/** There is no company of this id. */
export class CompanyNotFound extends Error {
  override readonly name = 'CompanyNotFound';

  constructor() {
    super('Company not found.');
  }
}

/** The request breaks rules; nothing was changed. */
export class CompanyRefused extends Error {
  override readonly name = 'CompanyRefused';

  constructor(readonly refusals: Refusals) {
    super('The company was not changed.');
  }
}
