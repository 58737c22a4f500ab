import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { AccessModule } from '#access';
import { Logger } from '#contract';
import { AuditController } from './audit.controller.js';
import { HealthController } from './health.controller.js';
import { HttpServerOptions, httpServerOptions } from './http-options.js';
import { HttpMetrics } from './metrics.js';
import { OpenStreams } from './open-streams.js';
import { Origins } from './auth/origin.service.js';
import { PEOPLE_CONTROLLERS } from './people/people.controllers.js';
import { ProblemFilter } from './problem.filter.js';
import { ReferenceController } from './reference.controller.js';
import { RuntimeController } from './runtime.controller.js';
import { SignedInGuard } from './signed-in.guard.js';
import { StreamController } from './stream.controller.js';
import { TasksController } from './tasks.controller.js';

/**
 * The HTTP routes. Who composes it provides, globally: `Logger`, `Authenticator`, `RequestLimits`, `SessionWatch`, `Readiness`, and what the gate and
 * the handlers need.
 */
@Module({})
export class HttpModule {
  static with(options: Partial<HttpServerOptions> = {}): DynamicModule {
    return {
      module: HttpModule,
      imports: [AccessModule],
      controllers: [
        TasksController,
        StreamController,
        RuntimeController,
        ...PEOPLE_CONTROLLERS,
        AuditController,
        HealthController,
        ReferenceController,
      ],
      providers: [
        { provide: HttpServerOptions, useValue: httpServerOptions(options) },
        {
          provide: ProblemFilter,
          useFactory: (logger: Logger) => new ProblemFilter(logger),
          inject: [Logger],
        },
        SignedInGuard,
        Origins,
        OpenStreams,
        HttpMetrics,
      ],
    };
  }
}
