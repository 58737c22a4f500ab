import type { z } from 'zod';
import { MeshError } from '#errors';
import { artifactAskedSchema, artifactPutSchema } from './artifact-link.js';
import type { ArtifactAnswer, ArtifactAsked, ArtifactPut, ArtifactPutAnswer } from './artifact-link.js';
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

/** The last piece is answered when the whole is on disk. */
const ARTIFACT_TIMEOUT_MS = 15_000;

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

  override async artifact(asked: ArtifactAsked): Promise<ArtifactAnswer> {
    const subject = subjects.artifact(asked.workerId);
    return (await this.bus.request(subject, asked, REQUEST_TIMEOUT_MS)) as ArtifactAnswer;
  }

  override async putArtifact(put: ArtifactPut): Promise<ArtifactPutAnswer> {
    const subject = subjects.artifactPut(put.workerId);
    return (await this.bus.request(subject, put, ARTIFACT_TIMEOUT_MS)) as ArtifactPutAnswer;
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
      await this.answer(subjects.anyBeat, beatSchema, (beat) => handlers.beat(beat)),
      await this.answer(subjects.anyReport, reportSchema, (report) => handlers.report(report as Report)),
      await this.answer(subjects.anySkill, skillUseSchema, (use) => handlers.useSkill(use)),
      await this.answer(subjects.anyRecord, recordAskedSchema, (asked) => handlers.record(asked)),
      await this.answer(subjects.anyArtifact, artifactAskedSchema, (asked) => handlers.artifact(asked)),
      await this.answer(subjects.anyArtifactPut, artifactPutSchema, (put) => handlers.putArtifact(put)),
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

  private answer<Schema extends z.ZodType<Readonly<{ workerId: string }>>>(
    subject: string,
    schema: Schema,
    handler: (asked: z.output<Schema>) => Promise<unknown>,
  ): Promise<Stop> {
    return this.bus.serve(subject, null, async (payload, sentOn) => {
      const asked = decode(schema, payload);
      checkSender(asked.workerId, sentOn);
      return handler(asked);
    });
  }
}

/** The broker's permissions bind a worker to its own subjects; a body that names another worker is a forgery. */
function checkSender(workerId: string, subject: string): void {
  if (workerOf(subject) !== workerId) throw new MeshError('access_denied', 'this is not your worker id');
}
