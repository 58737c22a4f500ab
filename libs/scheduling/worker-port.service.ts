import { Injectable } from '@nestjs/common';
import { Gate } from '#access';
import { ReportWork } from '#commands';
import { Clock, WorkerLink, WorkerRoll } from '#contract';
import type { Beat, BeatAnswer, Report, ReportAnswer, Stop } from '#contract';
import { isMeshError } from '#errors';
import { Scheduler } from './scheduler.service.js';
import { workerActor } from './system-actor.js';

/** The workers' door: beats go to the scheduler, reports through the gate. */
@Injectable()
export class WorkerPort {
  constructor(
    private readonly link: WorkerLink,
    private readonly gate: Gate,
    private readonly scheduler: Scheduler,
    private readonly roll: WorkerRoll,
    private readonly clock: Clock,
  ) {}

  /** Leads: schedules, and answers workers. */
  async start(): Promise<Stop> {
    const stopScheduling = await this.scheduler.start();
    const stopServing = await this.link.serve({
      beat: (beat) => this.beat(beat),
      report: (report) => this.report(report),
    });
    return async () => {
      await stopServing();
      await stopScheduling();
    };
  }

  private async beat(beat: Beat): Promise<BeatAnswer> {
    const answer = await this.scheduler.beat(beat);
    void this.roll.seen(beat, this.clock.now()); // never rejects, and may take a second: no reason to keep the worker waiting
    return answer;
  }

  private async report(report: Report): Promise<ReportAnswer> {
    try {
      const { leaseEnded } = await this.gate.execute(workerActor(report.workerId), new ReportWork(report));
      if (leaseEnded) this.scheduler.leaseEnded(report.taskId, report.workerId);
      return { result: 'accepted' };
    } catch (error) {
      if (isMeshError(error, 'fenced') || isMeshError(error, 'not_found')) return { result: 'fenced' };
      throw error;
    }
  }
}
