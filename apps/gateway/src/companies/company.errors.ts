import type { FieldErrors } from '../writes/write-request.js';

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

  constructor(readonly refusals: FieldErrors) {
    super('The company was not changed.');
  }
}

/** The company is the only one of some contacts, which would have none without it. */
export class CompanyInUse extends Error {
  override readonly name = 'CompanyInUse';

  constructor(
    /** How many contacts have no other company. */
    readonly contacts: number,
  ) {
    super(`The company is the only one of ${contacts} ${contacts === 1 ? 'contact' : 'contacts'}.`);
  }
}

/** The company does not have this tag. */
export class CompanyTagNotFound extends Error {
  override readonly name = 'CompanyTagNotFound';

  constructor() {
    super('The company does not have this tag.');
  }
}
