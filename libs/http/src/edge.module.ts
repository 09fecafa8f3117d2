import { Module, type DynamicModule, type ModuleMetadata } from '@nestjs/common';
import { Drain } from './drain.js';
import { MetricsController } from './metrics/metrics.controller.js';
import { Metrics } from './metrics/metrics.js';

type AppModule = NonNullable<ModuleMetadata['imports']>[number];

/** What every app has at its HTTP edge, available in all of its modules. */
@Module({})
export class EdgeModule {
  static around(app: AppModule, drain: Drain): DynamicModule {
    return {
      module: EdgeModule,
      global: true,
      imports: [app],
      controllers: [MetricsController],
      providers: [Metrics, { provide: Drain, useValue: drain }],
      exports: [Metrics, Drain],
    };
  }
}
