import { EntityManager } from '@mikro-orm/postgresql';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { PortalSession } from './portal-session.entity.js';

/** End one session; others of the same login go on. */
export class SignOutCommand extends Command<void> {
  constructor(readonly jti: string) {
    super();
  }
}

@CommandHandler(SignOutCommand)
export class SignOutHandler implements ICommandHandler<SignOutCommand> {
  constructor(private readonly em: EntityManager) {}

  async execute({ jti }: SignOutCommand): Promise<void> {
    await this.em.fork().nativeDelete(PortalSession, { jti });
  }
}
