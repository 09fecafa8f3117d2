import { Module, type DynamicModule, type ModuleMetadata } from '@nestjs/common';
import { Drain } from './drain.js';
import { MetricsController } from './metrics/metrics.controller.js';
import { Metrics } from './metrics/metrics.js';

type AppModule = NonNullable<ModuleMetadata['imports']>[number];

/** What every app has at its edge, around its own module and at hand in all of it. */
@Module({})
export class EdgeModule {
  /** @param shutdownNoticeMs as {@link Drain} takes it */
  static around(app: AppModule, shutdownNoticeMs: number): DynamicModule {
    return {
      module: EdgeModule,
      global: true,
      imports: [app],
      controllers: [MetricsController],
      providers: [Metrics, { provide: Drain, useFactory: () => new Drain(shutdownNoticeMs) }],
      exports: [Metrics, Drain],
    };
  }
}
