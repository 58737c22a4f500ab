import { GuardedQueryHandler } from '#access';
import type { IQueryHandler } from '#access';
import { GetSchedule, ListSchedules } from '#commands';
import type { Schedule } from '#contract';
import { MeshError } from '#errors';
import { viewOf } from './schedule-view.js';
import { Schedules } from './schedules.service.js';

@GuardedQueryHandler(ListSchedules, () => ({ permissions: ['task:submit'], action: 'schedule.list' }))
export class ListSchedulesHandler implements IQueryHandler<ListSchedules> {
  constructor(private readonly schedules: Schedules) {}

  async execute({ scope: { tenant, actor, sessionId } }: ListSchedules): Promise<readonly Schedule[]> {
    const overseesAll = sessionId === undefined;
    return (await this.schedules.list(tenant, overseesAll ? undefined : actor.id)).map(viewOf);
  }
}

@GuardedQueryHandler(GetSchedule, ({ scheduleId }) => ({
  permissions: ['task:submit'],
  resource: { type: 'schedule', id: scheduleId },
  action: 'schedule.get',
}))
export class GetScheduleHandler implements IQueryHandler<GetSchedule> {
  constructor(private readonly schedules: Schedules) {}

  async execute({ scheduleId }: GetSchedule): Promise<Schedule> {
    const schedule = await this.schedules.find(scheduleId);
    if (!schedule) throw new MeshError('not_found', `there is no schedule ${scheduleId}`);
    return viewOf(schedule);
  }
}
