import { Catch, type ExceptionFilter } from '@nestjs/common';

/** Passes a handler's error to the transport unchanged. Trap: Nest's own filter replaces it by `{status, message}`. */
@Catch()
export class RethrowFilter implements ExceptionFilter {
  catch(error: unknown): never {
    throw error;
  }
}
