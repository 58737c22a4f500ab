import { Global, Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { AccessModule } from '#access';
import { AuditModule } from '#audit';
import { CommandsModule } from '#commands';
import { WorkerRoll } from '#contract';
import { ReadModelsModule, WorkerDirectory } from '#read-models';
import { SchedulingModule } from '#scheduling';
import { HttpModule } from '#transports/http';
import { AccessAdapters } from './access.adapters.js';
import { VERSION } from './identity.js';
import { InfrastructureModule } from './infrastructure.module.js';
import type { Infrastructure } from './infrastructure.js';
import { ReadinessModule } from './readiness.module.js';

/** Whoever hears beats writes them where the list of workers is read. */
@Global()
@Module({
  imports: [ReadModelsModule],
  providers: [{ provide: WorkerRoll, useExisting: WorkerDirectory }],
  exports: [WorkerRoll],
})
class WorkerRollModule {}

/** The whole product in one process; roles decide what of it is started. */
@Module({})
export class MeshModule {
  static of(infra: Infrastructure): DynamicModule {
    const { http, defaultRoles } = infra.config;
    return {
      module: MeshModule,
      imports: [
        InfrastructureModule.of(infra),
        AccessAdapters.of(infra),
        AccessModule,
        AuditModule.with({ version: VERSION }),
        CommandsModule,
        ReadModelsModule,
        WorkerRollModule,
        SchedulingModule,
        ReadinessModule.of(infra),
        HttpModule.with({ ...http, version: VERSION, defaultRoles }),
      ],
    };
  }
}
