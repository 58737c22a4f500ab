import { Controller, Get, Header, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Gate } from '#access';
import type { Actor } from '#contract';
import { GetMeasurements } from '#read-models';
import { HttpMetrics } from './metrics.js';
import { OpenStreams } from './open-streams.js';
import { Readiness } from './readiness.js';
import { CurrentActor, SignedInGuard } from './signed-in.guard.js';

@Controller()
export class HealthController {
  constructor(
    private readonly gate: Gate,
    private readonly readiness: Readiness,
    private readonly metrics: HttpMetrics,
    private readonly streams: OpenStreams,
  ) {}

  @Get('healthz')
  health() {
    return { healthy: true, checks: [] };
  }

  @Get('readyz')
  async ready(@Res({ passthrough: true }) reply: FastifyReply) {
    const checks = await this.readiness.check();
    const healthy = checks.every((check) => check.healthy);
    if (!healthy) reply.status(503).header('retry-after', '1');
    return { healthy, checks };
  }

  @Get('metrics')
  @UseGuards(SignedInGuard)
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  async measurements(@CurrentActor() actor: Actor): Promise<string> {
    const status = await this.gate.query(actor, new GetMeasurements());
    return this.metrics.render(status, this.streams.count);
  }
}
