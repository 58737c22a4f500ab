import { Callers, GuardedHandler, aTask, uuidv7 } from '#access';
import type { ICommandHandler } from '#access';
import { CreateSchedule } from '#commands';
import { WakeUps, decode, scheduleSchema } from '#contract';
import type { Actor, Schedule } from '#contract';
import { MeshError } from '#errors';
import type { Submitter } from '#task';
import { timesOf } from './cron-times.js';
import { viewOf } from './schedule-view.js';
import { Schedules } from './schedules.service.js';

/** Of one tenant: its people can delete some, and nobody else's wait behind them. */
const MAX_SCHEDULES = 1_000;

@GuardedHandler(CreateSchedule, ({ request: { task } }) => ({
  permissions: ['task:submit', 'agent:invoke'],
  invokes: { agentId: task.agentId },
  mentions: task.parentTaskId === undefined ? [] : [aTask(task.parentTaskId)],
  recorded: true,
  action: 'schedule.create',
}))
export class CreateScheduleHandler implements ICommandHandler<CreateSchedule> {
  constructor(
    private readonly schedules: Schedules,
    private readonly callers: Callers,
    private readonly wakeUps: WakeUps,
  ) {}

  /**
   * @throws {MeshError} `invalid_request` | `access_denied` to what is good for minutes, or for a machine;
   *   `rate_limited` if the tenant has as many as it may
   */
  async execute({ request, cause: { actor, at } }: CreateSchedule): Promise<Schedule> {
    const { name, cron, timeZone = 'UTC', overlap = 'skip', task } = decode(scheduleSchema, request);
    this.callers.refuseMachine(actor, 'make a schedule');
    await this.callers.refuseShortLived(actor, 'make a schedule');
    await this.checkRoom(actor.tenant);
    const [next = new Date(at)] = timesOf({ cron, timeZone }, new Date(at), 1);
    const schedule = {
      id: uuidv7(),
      tenant: actor.tenant,
      ownerId: actor.id,
      sessionId: actor.sessionId,
      creator: creatorOf(actor),
      name,
      cron,
      timeZone,
      overlap,
      task,
      createdAt: at,
      nextAt: next.toISOString(),
    };
    await this.schedules.add(schedule);
    this.wakeUps.signal('queue');
    return viewOf(schedule);
  }

  private async checkRoom(tenant: string): Promise<void> {
    if ((await this.schedules.count(tenant)) < MAX_SCHEDULES) return;
    throw new MeshError('rate_limited', `this tenant has ${MAX_SCHEDULES} schedules, as many as it may`, {
      hint: 'delete some: `coderclaw schedule list` shows them',
    });
  }
}

/** The rights that the schedule is narrowed to for as long as it lives. */
const creatorOf = ({ userName, issuer, deviceId, roles, trust, scope }: Actor): Submitter => ({
  userName,
  issuer,
  deviceId,
  roles,
  trust,
  scope,
});
