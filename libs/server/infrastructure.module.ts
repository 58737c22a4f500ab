import { Global, Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ArtifactRetention, ArtifactStore } from '#artifacts';
import { BacklogOptions } from '#commands';
import { Bus, Clock, Feed, Logger, WakeUps, WorkerLink } from '#contract';
import { DueTasks, EventStore, NeededArchives, PostgresDueTasks, PostgresNeededArchives } from '#event-store';
import { AgentRegistry } from '#registry';
import { HealthChecks, RuntimeIdentity } from '#read-models';
import { SchedulingOptions } from '#scheduling';
import { LiveUpdates } from '#streaming';
import { healthChecks } from './health.js';
import { identityOf } from './identity.js';
import type { Infrastructure } from './infrastructure.js';

/** The adapters of this process, for whoever asks for their ports. */
@Global()
@Module({})
export class InfrastructureModule {
  static of(infra: Infrastructure): DynamicModule {
    const { config } = infra;
    const adapters = new Map<unknown, unknown>([
      [DataSource, infra.database.dataSource],
      [EventStore, infra.store],
      [DueTasks, new PostgresDueTasks(infra.database.pool)],
      [ArtifactStore, infra.artifacts],
      [ArtifactRetention, { days: config.artifacts.retentionDays }],
      [NeededArchives, new PostgresNeededArchives(infra.database.pool)],
      [Bus, infra.bus],
      [Feed, infra.feed],
      [WakeUps, infra.wakeUps],
      [WorkerLink, infra.link],
      [LiveUpdates, infra.liveUpdates],
      [AgentRegistry, infra.agents],
      [Clock, infra.clock],
      [Logger, infra.logger],
      [HealthChecks, healthChecks(infra)],
      [RuntimeIdentity, identityOf(config)],
      [
        SchedulingOptions,
        { ...config.limits, leaseMs: config.leaseMs, maxConcurrentTasks: config.maxConcurrentTasks },
      ],
      [BacklogOptions, config.limits],
    ]);
    const providers = [...adapters].map(([port, adapter]) => ({
      provide: port as symbol,
      useValue: adapter,
    }));
    return { module: InfrastructureModule, providers, exports: providers.map(({ provide }) => provide) };
  }
}
