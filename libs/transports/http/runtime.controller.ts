import { Controller, Get, HttpCode, Param, Post, Req, UseGuards } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Gate, GetMe } from '#access';
import { nameSchema } from '#contract';
import type { Actor, RuntimeStatus } from '#contract';
import {
  GetProjections,
  GetStatus,
  ListAgents,
  ListSkills,
  ListWorkers,
  RebuildProjection,
} from '#read-models';
import { isLocal } from './caller.js';
import { Decode } from './decode.pipe.js';
import { CurrentActor, SignedInGuard } from './signed-in.guard.js';

@Controller('/v1')
@UseGuards(SignedInGuard)
export class RuntimeController {
  constructor(private readonly gate: Gate) {}

  @Get('agents')
  async agents(@CurrentActor() actor: Actor) {
    return { agents: await this.gate.query(actor, new ListAgents()) };
  }

  @Get('skills')
  async skills(@CurrentActor() actor: Actor) {
    return { skills: await this.gate.query(actor, new ListSkills()) };
  }

  @Get('workers')
  async workers(@CurrentActor() actor: Actor) {
    return { workers: await this.gate.query(actor, new ListWorkers()) };
  }

  @Get('status')
  status(@CurrentActor() actor: Actor): Promise<RuntimeStatus> {
    return this.gate.query(actor, new GetStatus());
  }

  @Get('me')
  async me(@CurrentActor() actor: Actor, @Req() { raw }: FastifyRequest) {
    return {
      ...(await this.gate.query(actor, new GetMe())),
      via: isLocal(raw.socket) ? 'socket' : 'network',
    };
  }

  @Get('projections')
  async projections(@CurrentActor() actor: Actor) {
    return { projections: await this.gate.query(actor, new GetProjections()) };
  }

  @Post('projections/:name/rebuild')
  @HttpCode(202)
  async rebuild(@CurrentActor() actor: Actor, @Param('name', new Decode(nameSchema)) name: string) {
    await this.gate.execute(actor, new RebuildProjection(name));
    return { name, rebuilding: true };
  }
}
