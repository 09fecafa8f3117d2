import { Module } from '@nestjs/common';
import { CreateTokenHandler } from './create/create-token.handler.js';
import { ListTokensHandler } from './list/list-tokens.handler.js';
import { RevokeTokenHandler } from './revoke/revoke-token.handler.js';
import { TokensController } from './tokens.controller.js';

/** API tokens: create, list and revoke. */
@Module({
  controllers: [TokensController],
  providers: [CreateTokenHandler, ListTokensHandler, RevokeTokenHandler],
})
export class TokensModule {}
