import { Injectable } from '@nestjs/common';
import { Gate, Subjects, presentRights } from '#access';
import { SubmitTask } from '#commands';
import { Clock, Logger } from '#contract';
import type { Actor, ScheduleResult } from '#contract';
import { isMeshError, messageOf } from '#errors';
import type { ErrorCode } from '#errors';
import { EventStore } from '#event-store';
import { isFinal } from '#task';
import { BATCH, ringAll } from '../alarm.js';
import type { Alarm, Rung } from '../alarm.js';
import { timesOf } from './cron-times.js';
import { Schedules } from './schedules.service.js';
import type { KeptSchedule } from './schedules.service.js';

/** What passes by itself: the same time is tried again. Anything else is the answer. */
const PASSES: ReadonlySet<ErrorCode> = new Set([
  'unavailable',
  'deadline_exceeded',
  'rate_limited',
  'internal',
]);

/** What could not be done now is looked at again after so long: those that come after it have their turn first. */
const POSTPONED_MS = 30_000;

/** Time, and where to complain. */
@Injectable()
export class ScheduleWires {
  constructor(
    readonly clock: Clock,
    readonly logger: Logger,
  ) {}
}

/** Submits what schedules ask for when their time has come: one task a time, once, also where several were missed. */
@Injectable()
export class ScheduleTimes implements Alarm {
  /** Until when, by id. */
  private readonly postponed = new Map<string, number>();

  constructor(
    private readonly schedules: Schedules,
    private readonly gate: Gate,
    private readonly subjects: Subjects,
    private readonly store: EventStore,
    private readonly wires: ScheduleWires,
  ) {}

  async ring(now: string): Promise<Rung> {
    const nowMs = Date.parse(now);
    for (const [id, untilMs] of this.postponed) if (untilMs <= nowMs) this.postponed.delete(id);
    return ringAll(await this.schedules.next(BATCH, [...this.postponed.keys()]), ({ nextAt }) => nextAt, {
      now,
      done: (schedule) => this.fireOrPostpone(schedule, nowMs),
      failed: (error) =>
        this.wires.logger.warn('a schedule will be tried again', { error: messageOf(error) }),
    });
  }

  private async fireOrPostpone(schedule: KeptSchedule, nowMs: number): Promise<boolean> {
    try {
      return await this.fire(schedule);
    } catch (error) {
      this.postponed.set(schedule.id, nowMs + POSTPONED_MS);
      throw error;
    }
  }

  /** The next time is counted from now: what was missed while nobody looked is made up for once. */
  private async fire(schedule: KeptSchedule): Promise<boolean> {
    const result = await this.resultOf(schedule);
    const [next] = timesOf(schedule, this.wires.clock.now(), 1);
    return next !== undefined && this.schedules.done(schedule, result, next);
  }

  private async resultOf(schedule: KeptSchedule): Promise<ScheduleResult> {
    const { nextAt: at, last, overlap } = schedule;
    const before = last?.taskId;
    if (overlap === 'skip' && before !== undefined && (await this.runs(before)))
      return { at, result: 'skipped', taskId: before, reason: `task ${before} is not over yet` };
    const actor = await this.actorOf(schedule);
    if (!actor) return { at, result: 'refused', reason: `${schedule.ownerId} is unknown or disabled` };
    try {
      return { at, result: 'submitted', taskId: await this.submit(schedule, actor) };
    } catch (error) {
      if (!isMeshError(error) || PASSES.has(error.code)) throw error;
      return { at, result: 'refused', reason: error.message };
    }
  }

  /** A crash before the result is noted finds the task that was made. */
  private async submit({ id, nextAt, task }: KeptSchedule, actor: Actor): Promise<string> {
    const request = { ...task, idempotencyKey: `schedule:${id}:${nextAt}` };
    return (await this.gate.execute(actor, new SubmitTask(request))).state.id;
  }

  private async runs(taskId: string): Promise<boolean> {
    const stored = await this.store.load(taskId);
    return stored !== null && !isFinal(stored.task.status);
  }

  /** The creator, with what they had when they made it as far as they still have it. */
  private async actorOf({ tenant, ownerId, sessionId, creator }: KeptSchedule): Promise<Actor | null> {
    const subject = await this.subjects.of(tenant, ownerId, creator.deviceId);
    if (!subject) return null;
    return { ...creator, ...presentRights(creator, subject), kind: 'user', id: ownerId, tenant, sessionId };
  }
}
