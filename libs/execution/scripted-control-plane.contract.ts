import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { ControlPlane } from '#contract';
import type {
  ArtifactAnswer,
  ArtifactAsked,
  ArtifactPut,
  ArtifactPutAnswer,
  Beat,
  BeatAnswer,
  Grant,
  Push,
  RecordAsked,
  RecordEntry,
  RecordPage,
  Report,
  ReportAnswer,
  SkillAnswer,
  SkillUse,
  Stop,
} from '#contract';
import { MeshError } from '#errors';
import type { WorkerFact } from '#task';

type Answer<T> = T | MeshError | Promise<T | MeshError>;

/** A control plane that answers as told and remembers all it heard. What a final fact ends is fenced afterwards. */
export class ScriptedControlPlane extends ControlPlane {
  readonly beats: Beat[] = [];
  readonly reports: Report[] = [];
  /** Accepted facts of each attempt, in order. */
  readonly facts = new Map<string, WorkerFact[]>();
  leaseMs = 45_000;
  fenced: string[] = [];
  answerBeat: (beat: Beat) => Answer<BeatAnswer> = () => ({
    ok: true,
    leaseMs: this.leaseMs,
    fenced: this.fenced,
  });
  answerReport: (report: Report) => Answer<ReportAnswer> = (report) => this.accept(report);
  answerSkill: (use: SkillUse) => Answer<SkillAnswer> = () => ({ allowed: true, reason: 'scripted' });
  readonly skills: SkillUse[] = [];
  /** What tasks have on record, by id. */
  readonly onRecord = new Map<string, readonly RecordEntry[]>();
  /** What tasks are to work on, by digest. */
  readonly archives = new Map<string, Buffer>();
  /** Pieces that were asked for. */
  readonly asked: Pick<ArtifactAsked, 'digest' | 'offset'>[] = [];
  pieceBytes = 1000;
  /** What tasks left, by digest. */
  readonly put = new Map<string, Buffer>();
  answerPut: (put: ArtifactPut) => Answer<true> = () => true;
  reconnect: () => void = () => {};
  private push: (push: Push) => void = () => {};
  private readonly seqs = new Map<string, number>();

  override async beat(beat: Beat): Promise<BeatAnswer> {
    this.beats.push(beat);
    return valueOf(await this.answerBeat(beat));
  }

  override async report(report: Report): Promise<ReportAnswer> {
    this.reports.push(report);
    return valueOf(await this.answerReport(report));
  }

  override async useSkill(use: SkillUse): Promise<SkillAnswer> {
    this.skills.push(use);
    return valueOf(await this.answerSkill(use));
  }

  override async record({ taskId, after }: RecordAsked): Promise<RecordPage> {
    return { entries: (this.onRecord.get(taskId) ?? []).filter(({ version }) => version > after) };
  }

  override async artifact({ digest, offset }: ArtifactAsked): Promise<ArtifactAnswer> {
    this.asked.push({ digest, offset });
    const content = this.archives.get(digest);
    if (!content) throw new MeshError('not_found', `there is no archive ${digest} for this task`);
    const piece = content.subarray(offset, offset + this.pieceBytes).toString('base64');
    return { bytes: content.length, piece };
  }

  override async putArtifact(put: ArtifactPut): Promise<ArtifactPutAnswer> {
    valueOf(await this.answerPut(put));
    const there = this.put.get(put.digest) ?? Buffer.alloc(0);
    const more = put.offset === there.length ? Buffer.from(put.piece, 'base64') : Buffer.alloc(0);
    const content = Buffer.concat([there, more]);
    this.put.set(put.digest, content);
    return { next: content.length, stored: content.length === put.bytes };
  }

  override onPush(_workerId: string, listener: (push: Push) => void): Promise<Stop> {
    this.push = listener;
    return Promise.resolve(() => Promise.resolve());
  }

  override onReconnect(listener: () => void): void {
    this.reconnect = listener;
  }

  /** Takes a report as the server would: once, in order. */
  accept({ taskId, epoch, seq, facts }: Report): ReportAnswer {
    const key = `${taskId}/${epoch}`;
    const seen = this.seqs.get(key) ?? 0;
    if (seq <= seen) return { result: 'accepted' };
    if (seq !== seen + 1) throw new Error(`report ${seq} after ${seen}`);
    this.seqs.set(key, seq);
    this.facts.set(key, [...(this.facts.get(key) ?? []), ...facts]);
    return { result: 'accepted' };
  }

  send(push: Push): void {
    this.push(push);
  }

  /** Waits for the first beat: before it nothing is granted. */
  async heard(): Promise<void> {
    await until(() => this.beats.length > 0);
  }

  /** Pushes a grant and returns it. */
  grant(input: string, options: Partial<Grant> = {}): Grant {
    const grant = aGrant(input, { leaseMs: this.leaseMs, ...options });
    this.send({ type: 'grant', grant });
    return grant;
  }

  of({ taskId, epoch }: Grant): readonly WorkerFact[] {
    return this.facts.get(`${taskId}/${epoch}`) ?? [];
  }

  /** Waits until the attempt has said its last. */
  async end(grant: Grant): Promise<{ types: string[]; output: string; last: WorkerFact }> {
    const last = await until(() => this.of(grant).find(isLast));
    return { types: this.of(grant).map(({ type }) => type), output: this.output(grant), last };
  }

  /** All output accepted so far. */
  output(grant: Grant): string {
    return this.of(grant)
      .map((fact) => (fact.type === 'Output' ? fact.data.text : ''))
      .join('');
  }
}

const isLast = ({ type }: WorkerFact) => type === 'Completed' || type === 'Failed';

export const aGrant = (input: string, options: Partial<Grant> = {}): Grant => ({
  taskId: randomUUID(),
  epoch: 2,
  attempt: 1,
  tenant: 'default',
  sessionId: 'default',
  agentId: 'shell',
  description: 'a test',
  input,
  leaseMs: 45_000,
  ...options,
});

/** Waits for something true, looking every few milliseconds. */
export async function until<T>(look: () => T | undefined | null | false | 0, withinMs = 15_000): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const found = look();
    if (found) return found;
    if (performance.now() > deadline)
      throw new Error(`did not come within ${withinMs} ms: ${look.toString()}`);
    await delay(5);
  }
}

function valueOf<T>(answer: T | MeshError): T {
  if (answer instanceof MeshError) throw answer;
  return answer;
}
