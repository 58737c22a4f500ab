import { Body, Controller, Delete, Get, HttpCode, Param, Post, UseGuards } from '@nestjs/common';
import { Gate } from '#access';
import { CreateSchedule, DeleteSchedule, GetSchedule, ListSchedules } from '#commands';
import { scheduleSchema, taskIdSchema } from '#contract';
import type { Actor, Schedule, ScheduleRequest } from '#contract';
import { Decode } from './decode.pipe.js';
import { CurrentActor, SignedInGuard } from './signed-in.guard.js';

const ScheduleId = new Decode(taskIdSchema);

@Controller('/v1/schedules')
@UseGuards(SignedInGuard)
export class SchedulesController {
  constructor(private readonly gate: Gate) {}

  @Get()
  async list(@CurrentActor() actor: Actor) {
    return { schedules: await this.gate.query(actor, new ListSchedules()) };
  }

  @Post()
  create(
    @CurrentActor() actor: Actor,
    @Body(new Decode(scheduleSchema)) request: ScheduleRequest,
  ): Promise<Schedule> {
    return this.gate.execute(actor, new CreateSchedule(request));
  }

  @Get(':id')
  get(@CurrentActor() actor: Actor, @Param('id', ScheduleId) id: string): Promise<Schedule> {
    return this.gate.query(actor, new GetSchedule(id));
  }

  @Delete(':id')
  @HttpCode(204)
  async delete(@CurrentActor() actor: Actor, @Param('id', ScheduleId) id: string): Promise<void> {
    await this.gate.execute(actor, new DeleteSchedule(id));
  }
}
