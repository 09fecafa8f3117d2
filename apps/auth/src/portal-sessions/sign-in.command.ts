import { Command } from '@nestjs/cqrs';

/** A session that has begun. */
export interface NewSession {
  accessToken: string;
  expiresInSeconds: number;
  contactId: number;
  /** As the contact spells it. */
  email: string;
}

export class SignInCommand extends Command<NewSession> {
  constructor(
    readonly email: string,
    readonly password: string,
    /** Network address of the caller. */
    readonly address: string,
  ) {
    super();
  }
}
