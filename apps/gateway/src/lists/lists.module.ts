import { MikroORM, type Options } from '@mikro-orm/postgresql';
import { Module, type DynamicModule } from '@nestjs/common';
import { ListReader } from './list-reader.js';
import { ListSlots } from './list-slots.js';

/** A few more waiting lists than running ones would gain nothing: each list holds one connection. */
export const LISTS_AT_ONCE = { perFamily: 2, perProcess: 4 };

/** Lists, on their own connections. */
@Module({})
export class ListsModule {
  /** @param orm of the gateway's entities, with as many connections as lists run at once */
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
