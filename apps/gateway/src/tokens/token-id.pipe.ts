import { Injectable, type PipeTransform } from '@nestjs/common';
import { TokenNotFound } from './api-token.errors.js';

/** A token's id from the path. What is no id is the id of a token that does not exist. */
@Injectable()
export class TokenIdPipe implements PipeTransform<string, number> {
  transform(value: string): number {
    const id = /^[1-9]\d{0,15}$/.test(value) ? Number(value) : NaN;
    if (!Number.isSafeInteger(id)) throw new TokenNotFound();
    return id;
  }
}
