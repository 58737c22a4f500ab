import { MeshError } from '#errors';
import type { Bus, Stop } from './bus.js';
import { decode } from './schemas.js';
import { subjects, workerOf } from './subjects.js';
import {
  ControlPlane,
  WorkerLink,
  beatSchema,
  recordAskedSchema,
  reportSchema,
  skillUseSchema,
} from './worker-link.js';
import type {
  Beat,
  BeatAnswer,
  Push,
  RecordAsked,
  RecordPage,
  Report,
  ReportAnswer,
  SkillAnswer,
  SkillUse,
  WorkerHandlers,
} from './worker-link.js';

const REQUEST_TIMEOUT_MS = 5_000;

/** The worker's half of the protocol, on whatever bus there is. */
export class BusControlPlane extends ControlPlane {
  constructor(private readonly bus: Bus) {
    super();
  }

  override async beat(beat: Beat): Promise<BeatAnswer> {
    return (await this.bus.request(subjects.beat(beat.workerId), beat, REQUEST_TIMEOUT_MS)) as BeatAnswer;
  }

  override async report(report: Report): Promise<ReportAnswer> {
    return (await this.bus.request(
      subjects.report(report.workerId),
      report,
      REQUEST_TIMEOUT_MS,
    )) as ReportAnswer;
  }

  override async useSkill(use: SkillUse): Promise<SkillAnswer> {
    return (await this.bus.request(subjects.skill(use.workerId), use, REQUEST_TIMEOUT_MS)) as SkillAnswer;
  }

  override async record(asked: RecordAsked): Promise<RecordPage> {
    return (await this.bus.request(subjects.record(asked.workerId), asked, REQUEST_TIMEOUT_MS)) as RecordPage;
  }

  override async onPush(workerId: string, listener: (push: Push) => void): Promise<Stop> {
    const listen = (payload: unknown) => listener(payload as Push);
    const stops = [
      await this.bus.subscribe(subjects.lease(workerId), listen),
      await this.bus.subscribe(subjects.cancel(workerId), listen),
    ];
    return async () => {
      await Promise.all(stops.map((stop) => stop()));
    };
  }

  override onReconnect(listener: () => void): void {
    this.bus.onConnection((connected) => {
      if (connected) listener();
    });
  }
}

/** The control plane's half. */
export class BusWorkerLink extends WorkerLink {
  constructor(private readonly bus: Bus) {
    super();
  }

  override async serve(handlers: WorkerHandlers): Promise<Stop> {
    const stops = [
      await this.bus.serve(subjects.anyBeat, null, async (payload, subject) => {
        const beat = decode(beatSchema, payload);
        checkSender(beat.workerId, subject);
        return handlers.beat(beat);
      }),
      await this.bus.serve(subjects.anyReport, null, async (payload, subject) => {
        const report = decode(reportSchema, payload) as Report;
        checkSender(report.workerId, subject);
        return handlers.report(report);
      }),
      await this.bus.serve(subjects.anySkill, null, async (payload, subject) => {
        const use = decode(skillUseSchema, payload);
        checkSender(use.workerId, subject);
        return handlers.useSkill(use);
      }),
      await this.bus.serve(subjects.anyRecord, null, async (payload, subject) => {
        const asked = decode(recordAskedSchema, payload);
        checkSender(asked.workerId, subject);
        return handlers.record(asked);
      }),
    ];
    return async () => {
      await Promise.all(stops.map((stop) => stop()));
    };
  }

  override push(workerId: string, push: Push): void {
    const subject = push.type === 'stop' ? subjects.cancel(workerId) : subjects.lease(workerId);
    this.bus.publish(subject, push);
  }

  override get connected(): boolean {
    return this.bus.connected;
  }
}

/** The broker's permissions bind a worker to its own subjects; a body that names another worker is a forgery. */
function checkSender(workerId: string, subject: string): void {
  if (workerOf(subject) !== workerId) throw new MeshError('access_denied', 'this is not your worker id');
}
