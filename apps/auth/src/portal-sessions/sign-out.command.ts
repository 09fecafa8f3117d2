import { Command } from '@nestjs/cqrs';

/** Ends one session; others of the same login stay. */
export class SignOutCommand extends Command<void> {
  constructor(readonly jti: string) {
    super();
  }
}
