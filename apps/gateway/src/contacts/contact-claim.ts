import { constraintOf } from '#app/postgres';
import { LoginEmailTaken } from './contact.errors.js';
import { LOGIN_EMAIL_CONSTRAINT } from './portal-login.entity.js';

/** What a failed transaction means. Two claims on one email raced: the constraint has decided, and the transaction is over. */
export function decideClaim(error: unknown): never {
  throw constraintOf(error) === LOGIN_EMAIL_CONSTRAINT ? new LoginEmailTaken() : error;
}
