import { Body, Controller, Get, Headers, HttpCode, Param, Post, Query, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import { Gate } from '#access';
import { CancelTask, PauseTask, ResumeTask, SubmitTask } from '#commands';
import { cancelSchema, pauseSchema, resumeSchema, submitSchema, taskFilterSchema } from '#contract';
import type { Actor, ResumeAnswer, TaskFilter, TaskPage, TaskState, TaskSubmitRequest } from '#contract';
import { GetTaskEvents, ListTasks, ReplayTask } from '#read-models';
import { NO_REASON, readTask } from '../read-task.js';
import { Decode } from './decode.pipe.js';
import { atLeastSchema, replaySchema, withKey } from './requests.js';
import { TaskId } from './task-id.pipe.js';
import { HEADERS, paths } from './wire.js';
import { CurrentActor, SignedInGuard } from './signed-in.guard.js';

@Controller('/v1/tasks')
@UseGuards(SignedInGuard)
export class TasksController {
  constructor(private readonly gate: Gate) {}

  @Post()
  async submit(
    @CurrentActor() actor: Actor,
    @Body(new Decode(submitSchema)) request: TaskSubmitRequest,
    @Headers(HEADERS.idempotencyKey) key: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TaskState> {
    const { state, repeated } = await this.gate.execute(actor, new SubmitTask(withKey(request, key)));
    reply.status(repeated ? 200 : 201).header('location', paths.task(state.id));
    return state;
  }

  @Get()
  list(
    @CurrentActor() actor: Actor,
    @Query(new Decode(taskFilterSchema)) filter: TaskFilter,
  ): Promise<TaskPage> {
    return this.gate.query(actor, new ListTasks(filter));
  }

  @Get(':id')
  get(
    @CurrentActor() actor: Actor,
    @Param('id', TaskId) id: string,
    @Query(new Decode(atLeastSchema)) { atLeast }: z.output<typeof atLeastSchema>,
  ): Promise<TaskState> {
    return readTask(this.gate, actor, id, atLeast);
  }

  @Get(':id/events')
  async events(@CurrentActor() actor: Actor, @Param('id', TaskId) id: string) {
    return { events: await this.gate.query(actor, new GetTaskEvents(id)) };
  }

  @Get(':id/replay')
  replay(
    @CurrentActor() actor: Actor,
    @Param('id', TaskId) id: string,
    @Query(new Decode(replaySchema)) until: z.output<typeof replaySchema>,
  ) {
    return this.gate.query(actor, new ReplayTask(id, until));
  }

  @Post(':id/cancel')
  @HttpCode(200)
  cancel(
    @CurrentActor() actor: Actor,
    @Param('id', TaskId) id: string,
    @Body(new Decode(cancelSchema)) { reason }: z.output<typeof cancelSchema>,
  ): Promise<TaskState> {
    return this.gate.execute(actor, new CancelTask(id, reason ?? NO_REASON));
  }

  @Post(':id/pause')
  @HttpCode(200)
  pause(
    @CurrentActor() actor: Actor,
    @Param('id', TaskId) id: string,
    @Body(new Decode(pauseSchema)) { reason }: z.output<typeof pauseSchema>,
  ): Promise<TaskState> {
    return this.gate.execute(actor, new PauseTask(id, reason));
  }

  @Post(':id/resume')
  @HttpCode(200)
  resume(
    @CurrentActor() actor: Actor,
    @Param('id', TaskId) id: string,
    @Body(new Decode(resumeSchema)) answer: ResumeAnswer,
  ): Promise<TaskState> {
    return this.gate.execute(actor, new ResumeTask(id, answer));
  }
}
