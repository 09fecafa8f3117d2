import { Command } from '@nestjs/cqrs';

/** End one session; others of the same login go on. */
export class SignOutCommand extends Command<void> {
  constructor(readonly jti: string) {
    super();
  }
}
