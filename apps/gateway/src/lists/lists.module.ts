import { MikroORM, type Options } from '@mikro-orm/postgresql';
import { Module, type DynamicModule } from '@nestjs/common';
import { ListReader } from './list-reader.js';
import { ListSlots } from './list-slots.js';

/** A few more than run at once would wait for nothing: each list holds one connection. */
export const LISTS_AT_ONCE = { perFamily: 2, perProcess: 4 };

/** Lists, on connections of their own. */
@Module({})
export class ListsModule {
  /** @param orm of the gateway's entities, with a pool of as many connections as lists run at once */
  static register(orm: Options): DynamicModule {
    const reader = async () => new ListReader(await MikroORM.init(orm), new ListSlots(LISTS_AT_ONCE));
    return {
      module: ListsModule,
      global: true,
      providers: [{ provide: ListReader, useFactory: reader }],
      exports: [ListReader],
    };
  }
}
