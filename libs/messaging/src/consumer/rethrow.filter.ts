import { Catch, type ExceptionFilter } from '@nestjs/common';

/** Hands a handler's error to the transport as it was thrown. Trap: Nest's own filter replaces it by `{status, message}`. */
@Catch()
export class RethrowFilter implements ExceptionFilter {
  catch(error: unknown): never {
    throw error;
  }
}
