import { EntityManager } from '@mikro-orm/postgresql';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { PortalSession } from './portal-session.entity.js';
import { SignOutCommand } from './sign-out.command.js';

@CommandHandler(SignOutCommand)
export class SignOutHandler implements ICommandHandler<SignOutCommand> {
  constructor(private readonly em: EntityManager) {}

  async execute({ jti }: SignOutCommand): Promise<void> {
    await this.em.fork().nativeDelete(PortalSession, { jti });
  }
}
