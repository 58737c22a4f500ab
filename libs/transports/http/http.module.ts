import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { AccessModule } from '#access';
import { Logger } from '#contract';
import { AuthController } from './auth/auth.controller.js';
import { BrowserController } from './auth/browser.controller.js';
import { DeviceApproval } from './auth/device-approval.service.js';
import { DevicePageController } from './auth/device-page.controller.js';
import { FollowUps } from './auth/follow-ups.service.js';
import { Grants } from './auth/grants.service.js';
import { Origins } from './auth/origin.service.js';
import { TokenController } from './auth/token.controller.js';
import { ArtifactsController } from './artifacts.controller.js';
import { AuditController } from './audit.controller.js';
import { DeadLettersController } from './dead-letters.controller.js';
import { Downloads } from './downloads.service.js';
import { HealthController } from './health.controller.js';
import { HttpServerOptions, httpServerOptions } from './http-options.js';
import { HttpMetrics } from './metrics.js';
import { OpenStreams } from './open-streams.js';
import { PEOPLE_CONTROLLERS } from './people/people.controllers.js';
import { ProblemFilter } from './problem.filter.js';
import { ReferenceController } from './reference.controller.js';
import { RuntimeController } from './runtime.controller.js';
import { SchedulesController } from './schedules.controller.js';
import { SignedInGuard } from './signed-in.guard.js';
import { StreamController } from './stream.controller.js';
import { TasksController } from './tasks.controller.js';

/**
 * The HTTP routes. Who composes it provides, globally: `Logger`, `RequestLimits`, `Readiness`, `ProofReader`,
 * `BrowserSignIn`, `JobTokens`, what `IdentityModule` exports, and what the gate and the handlers need.
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
        ArtifactsController,
        RuntimeController,
        DeadLettersController,
        SchedulesController,
        ...PEOPLE_CONTROLLERS,
        AuditController,
        AuthController,
        TokenController,
        DevicePageController,
        BrowserController,
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
        Grants,
        FollowUps,
        DeviceApproval,
        OpenStreams,
        Downloads,
        HttpMetrics,
      ],
    };
  }
}
