import { CodedError } from '../wire/coded.error.js';

/** There is no company of this id. */
export class CompanyNotFound extends CodedError {
  constructor() {
    super('company_not_found');
  }
}

/** The company is the only one of some contacts, which would have none without it. */
export class CompanyInUse extends CodedError {
  /** @param contacts how many contacts have no other company */
  constructor(contacts: number) {
    const message = `The company is the only one of ${contacts} ${contacts === 1 ? 'contact' : 'contacts'}.`;
    super('company_in_use', { message, members: { contacts } });
  }
}

/** The company does not have this tag. */
export class CompanyTagNotFound extends CodedError {
  constructor() {
    super('company_tag_not_found');
  }
}
