import { Global, Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { ProjectionMonitor, ReadModelsModule } from '#read-models';
import { Readiness } from '#transports/http';
import { readiness } from './health.js';
import type { Infrastructure } from './infrastructure.js';

/** Readiness asks the read models, which the infrastructure below them cannot. */
@Global()
@Module({})
export class ReadinessModule {
  static of(infra: Infrastructure): DynamicModule {
    return {
      module: ReadinessModule,
      imports: [ReadModelsModule],
      providers: [
        {
          provide: Readiness,
          useFactory: (monitor: ProjectionMonitor) => readiness(infra, monitor),
          inject: [ProjectionMonitor],
        },
      ],
      exports: [Readiness],
    };
  }
}
