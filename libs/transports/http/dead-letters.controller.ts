import { Controller, Get, Param, Post, Query, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Gate } from '#access';
import { deadLetterFilterSchema } from '#contract';
import type { Actor, DeadLetterFilter, DeadLetterPage, TaskState } from '#contract';
import { ListDeadLetters } from '#read-models';
import { requeue } from '../requeue.js';
import { Decode } from './decode.pipe.js';
import { CurrentActor, SignedInGuard } from './signed-in.guard.js';
import { TaskId } from './task-id.pipe.js';
import { paths } from './wire.js';

/** What was given up, and how it is begun anew. */
@Controller('/v1/dead-letters')
@UseGuards(SignedInGuard)
export class DeadLettersController {
  constructor(private readonly gate: Gate) {}

  @Get()
  list(
    @CurrentActor() actor: Actor,
    @Query(new Decode(deadLetterFilterSchema)) filter: DeadLetterFilter,
  ): Promise<DeadLetterPage> {
    return this.gate.query(actor, new ListDeadLetters(filter));
  }

  @Post(':id/requeue')
  async requeue(
    @CurrentActor() actor: Actor,
    @Param('id', TaskId) id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TaskState> {
    const { state, repeated } = await requeue(this.gate, actor, id);
    reply.status(repeated ? 200 : 201).header('location', paths.task(state.id));
    return state;
  }
}
