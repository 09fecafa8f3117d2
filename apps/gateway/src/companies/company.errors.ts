import { CodedError } from '../wire/coded.error.js';

/** No company has this id. */
export class CompanyNotFound extends CodedError {
  constructor() {
    super('company_not_found');
  }
}

/** The company is the only one of some contacts, which would be left without a company. */
export class CompanyInUse extends CodedError {
  /** @param contacts how many contacts have only this company */
  constructor(contacts: number) {
    const message = `The company is the only one of ${contacts} ${contacts === 1 ? 'contact' : 'contacts'}.`;
    super('company_in_use', { message, members: { contacts } });
  }
}

export class CompanyTagNotFound extends CodedError {
  constructor() {
    super('company_tag_not_found');
  }
}
