import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Req, UseGuards } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import {
  CreateSession,
  EndSession,
  Gate,
  ListSessions,
  createSessionSchema,
  sessionFilterSchema,
} from '#access';
import { nameSchema } from '#contract';
import type { Actor } from '#contract';
import { Origins } from '../auth/origin.service.js';
import { Decode } from '../decode.pipe.js';
import { CurrentActor, SignedInGuard } from '../signed-in.guard.js';

@Controller('/v1/sessions')
@UseGuards(SignedInGuard)
export class SessionsController {
  constructor(
    private readonly gate: Gate,
    private readonly origins: Origins,
  ) {}

  @Get()
  list(
    @CurrentActor() actor: Actor,
    @Query(new Decode(sessionFilterSchema)) filter: z.output<typeof sessionFilterSchema>,
  ) {
    return this.gate.query(actor, new ListSessions(filter));
  }

  @Post()
  async create(
    @CurrentActor() actor: Actor,
    @Body(new Decode(createSessionSchema)) asked: z.output<typeof createSessionSchema>,
    @Req() request: FastifyRequest,
  ) {
    return this.gate.execute(actor, new CreateSession(asked, await this.origins.ofCaller(request)));
  }

  @Delete(':id')
  @HttpCode(204)
  async end(@CurrentActor() actor: Actor, @Param('id', new Decode(nameSchema)) id: string): Promise<void> {
    await this.gate.execute(actor, new EndSession(id));
  }
}
