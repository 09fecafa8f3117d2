import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import type { Status } from './health.js';

/** Whether the database answers. */
@Injectable()
export class DatabaseHealth {
  constructor(private readonly em: EntityManager) {}

  async status(): Promise<Status> {
    return this.em
      .fork()
      .execute('select 1')
      .then(() => 'ok' as const)
      .catch(() => 'down' as const);
  }
}
