import { GuardedHandler } from '#access';
import type { ICommandHandler } from '#access';
import { DeleteSchedule } from '#commands';
import { Schedules } from './schedules.service.js';

@GuardedHandler(DeleteSchedule, ({ scheduleId }) => ({
  permissions: ['task:submit'],
  resource: { type: 'schedule', id: scheduleId },
  recorded: true,
  action: 'schedule.delete',
}))
export class DeleteScheduleHandler implements ICommandHandler<DeleteSchedule> {
  constructor(private readonly schedules: Schedules) {}

  async execute({ scheduleId }: DeleteSchedule): Promise<void> {
    await this.schedules.delete(scheduleId);
  }
}
