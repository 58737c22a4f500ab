import { Injectable } from '@nestjs/common';
import { Gate } from '#access';
import { PutArtifactPiece, ReadArtifactPiece, ReadRecord, ReportWork, UseSkill } from '#commands';
import { Clock, WorkerLink, WorkerRoll } from '#contract';
import type { Beat, BeatAnswer, Report, ReportAnswer, Stop } from '#contract';
import { isMeshError } from '#errors';
import { Scheduler } from './scheduler.service.js';
import { workerActor } from './system-actor.js';
import type { Term } from './term.js';

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

  /** Leads for a term: schedules, and answers workers. */
  async start(): Promise<Stop> {
    const term = this.scheduler.term();
    const stopServing = await this.link.serve({
      beat: (beat) => this.beat(term, beat),
      report: (report) => this.report(term, report),
      useSkill: (use) => this.gate.execute(workerActor(use.workerId), new UseSkill(use)),
      record: (asked) => this.gate.query(workerActor(asked.workerId), new ReadRecord(asked)),
      artifact: (asked) => this.gate.query(workerActor(asked.workerId), new ReadArtifactPiece(asked)),
      putArtifact: (put) => this.gate.execute(workerActor(put.workerId), new PutArtifactPiece(put)),
    });
    const stopScheduling = await term.start();
    return async () => {
      await stopServing();
      await stopScheduling();
    };
  }

  private async beat(term: Term, beat: Beat): Promise<BeatAnswer> {
    const answer = await term.beat(beat);
    void this.roll.seen(beat, this.clock.now()); // never rejects, and may take a second: no reason to keep the worker waiting
    return answer;
  }

  private async report(term: Term, report: Report): Promise<ReportAnswer> {
    try {
      const { leaseEnded } = await this.gate.execute(workerActor(report.workerId), new ReportWork(report));
      if (leaseEnded) term.leaseEnded(report.taskId, report.workerId);
      return { result: 'accepted' };
    } catch (error) {
      if (isMeshError(error, 'fenced') || isMeshError(error, 'not_found')) return { result: 'fenced' };
      throw error;
    }
  }
}
