import { Controller, Get, Header } from '@nestjs/common';
import type { JWK } from 'jose';
import { Operation } from '../docs/operation.decorator.js';
import { AccessTokens } from './access-tokens.js';

/** The keys by which other services verify access tokens; a token of an ended session verifies until it expires. */
@Controller('.well-known')
export class JwksController {
  constructor(private readonly tokens: AccessTokens) {}

  @Get('jwks.json')
  @Operation({
    id: 'getKeys',
    summary: 'Public keys of access tokens',
    tag: 'keys',
    answers: { 200: { description: 'A JSON Web Key Set; caches may keep it for five minutes.', schema: 'KeySet' } },
    errors: [400],
  })
  @Header('Cache-Control', 'public, max-age=300')
  jwks(): { keys: JWK[] } {
    return this.tokens.publicKeys;
  }
}
