import { Readable } from 'node:stream';
import { GetMe } from '#access';
import type { Gate } from '#access';
import { ExportAudit } from '#audit';
import { CancelTask, DownloadArtifact, PauseTask, PutArtifact, ResumeTask, SubmitTask } from '#commands';
import type { Actor, TaskState } from '#contract';
import {
  GetAudit,
  GetOwnAudit,
  GetProjections,
  GetMeasurements,
  GetStatus,
  GetTask,
  GetTaskEvents,
  ListAgents,
  ListSkills,
  ListTasks,
  ListWorkers,
  RebuildProjection,
  ReplayTask,
  WatchTask,
} from '#read-models';
import { MeshError } from '#errors';
import type { TaskCommand } from '#task';
import { MemoryTasks } from './memory-tasks.js';

/** A gate with everything behind it in memory. Permissions are not asked. For specs of what stands before the gate. */
export class MemoryGate {
  /** What was asked, by whom. */
  readonly asked: { actor: Actor; request: object }[] = [];
  /** While set, everything is refused with it. */
  refusal: Error | undefined;
  readonly tasks = new MemoryTasks();
  /** What was put, by digest; and what any task left, by name. */
  readonly artifacts = new Map<string, Buffer>();
  /** The lines of every export of the audit. */
  auditLines: (signal: AbortSignal | undefined) => AsyncIterable<string> = async function* () {};

  readonly asGate = this as unknown as Gate;

  async execute(actor: Actor, request: object): Promise<unknown> {
    return this.answer(actor, request);
  }

  async query(actor: Actor, request: object): Promise<unknown> {
    return this.answer(actor, request);
  }

  private answer(actor: Actor, request: object): unknown {
    this.asked.push({ actor, request });
    if (this.refusal) throw this.refusal;
    for (const [type, handle] of this.handlers)
      if (request instanceof type) return handle(request as never, actor);
    throw new Error(`nobody answers ${request.constructor.name}`);
  }

  private readonly handlers: readonly (readonly [
    new (...given: never[]) => object,
    (request: never, actor: Actor) => unknown,
  ])[] = [
    [
      PutArtifact,
      async (command: PutArtifact) => {
        const content = Buffer.concat(await Readable.from(command.content()).toArray());
        const digest = command.digest ?? 'sha256:unknown';
        this.artifacts.set(digest, content);
        return { digest, bytes: content.length };
      },
    ],
    [
      DownloadArtifact,
      ({ name }: DownloadArtifact) => {
        const content = this.artifacts.get(name);
        if (!content) throw new MeshError('not_found', 'there is no such artifact');
        return { bytes: content.length, content: Readable.from([content]) };
      },
    ],
    [SubmitTask, ({ request }: SubmitTask, actor) => this.tasks.submit(request, actor)],
    [
      CancelTask,
      ({ taskId, reason }: CancelTask) => this.changed(taskId, { type: 'CancelTask', data: { reason } }),
    ],
    [
      PauseTask,
      ({ taskId, reason }: PauseTask) => this.changed(taskId, { type: 'PauseTask', data: { reason } }),
    ],
    [
      ResumeTask,
      ({ taskId, answer }: ResumeTask) => this.changed(taskId, { type: 'ResumeTask', data: answer }),
    ],
    [GetTask, ({ taskId, atLeast = 0 }: GetTask) => this.tasks.get(taskId, atLeast)],
    [GetTaskEvents, ({ taskId }: GetTaskEvents) => this.tasks.history(taskId)],
    [
      ReplayTask,
      ({ taskId }: ReplayTask) => ({ state: this.tasks.stateOf(taskId), events: this.tasks.history(taskId) }),
    ],
    [WatchTask, ({ taskId, after, signal }: WatchTask) => this.tasks.watch(taskId, after ?? 0, signal)],
    [ListTasks, ({ filter }: ListTasks) => this.tasks.list(filter)],
    [ListAgents, () => this.tasks.agents.list()],
    [ListSkills, () => []],
    [ListWorkers, () => []],
    [GetStatus, () => this.status()],
    [GetMeasurements, () => this.status()],
    [GetMe, (_: GetMe, { id, ...rest }) => ({ ...rest, userId: id, permissions: [] })],
    [GetAudit, () => ({ entries: [] })],
    [GetOwnAudit, () => ({ entries: [] })],
    [ExportAudit, ({ signal }: ExportAudit) => this.auditLines(signal)],
    [GetProjections, () => []],
    [RebuildProjection, () => undefined],
  ];

  private changed(taskId: string, command: TaskCommand): TaskState {
    this.tasks.apply(taskId, command);
    return this.tasks.stateOf(taskId);
  }

  private status() {
    const rest = {
      version: '0.0.0',
      uptime: 1,
      mode: 'local-only',
      healthy: true,
      workers: 1,
      queueDepth: 0,
      projectionLag: 0,
    };
    return { ...rest, ...this.tasks.count(), checks: [] };
  }
}
