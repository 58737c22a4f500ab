import type { Gate } from '#access';
import { CancelTask, PauseTask, ResumeTask, SubmitTask } from '#commands';
import { canonicalJson, historyEventOf, taskStateOf, updateOf, uuidv7, uuidv8 } from '#contract';
import type { Actor, TaskState, TaskUpdateEvent } from '#contract';
import { MeshError } from '#errors';
import {
  GetAudit,
  GetProjections,
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
import { AgentRegistry } from '#registry';
import { decide, evolve, isFinal, placementOf } from '#task';
import type { Recorded, Submission, Task, TaskCommand, TaskEvent, WorkerFact } from '#task';

type Kept = { task: Task; events: Recorded[]; after: Task[]; input: string; output?: string };

/**
 * A gate with everything behind it in memory, and a worker who knows four commands: `echo`, `exit`, `seq` and `sleep`
 * (which never wakes). The domain is the real one; permissions are not asked. For specs of what stands before the gate.
 */
export class MemoryGate {
  /** What was asked, by whom. */
  readonly asked: { actor: Actor; request: object }[] = [];
  /** While set, everything is refused with it. */
  refusal: Error | undefined;
  /** How many watches are under way. */
  watching = 0;
  private readonly given = new Map<string, number>();
  private broken: Error | undefined;
  private readonly tasks = new Map<string, Kept>();
  private readonly agents = new AgentRegistry();
  private readonly waiting: (() => void)[] = [];

  readonly asGate = this as unknown as Gate;

  async execute(actor: Actor, request: object): Promise<unknown> {
    return this.answer(actor, request);
  }

  async query(actor: Actor, request: object): Promise<unknown> {
    return this.answer(actor, request);
  }

  /** Adds facts to a running task, as its worker would. */
  report(taskId: string, ...facts: readonly WorkerFact[]): void {
    const { lease } = this.require(taskId).task;
    if (lease)
      this.apply(taskId, {
        type: 'Report',
        data: { workerId: lease.workerId, epoch: lease.epoch, seq: lease.seq + 1, facts },
      });
  }

  /** How many updates of a task the latest watch has given away. */
  watched(taskId: string): number {
    return this.given.get(taskId) ?? 0;
  }

  /** Ends every watch that waits with an error. */
  breakWatches(error: Error): void {
    this.broken = error;
    this.wake();
    setImmediate(() => (this.broken = undefined));
  }

  private wake(): void {
    for (const wake of this.waiting.splice(0)) wake();
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
    [SubmitTask, ({ request }: SubmitTask, actor) => this.submit(request, actor)],
    [
      CancelTask,
      ({ taskId, reason }: CancelTask) => this.apply(taskId, { type: 'CancelTask', data: { reason } }),
    ],
    [
      PauseTask,
      ({ taskId, reason }: PauseTask) => this.apply(taskId, { type: 'PauseTask', data: { reason } }),
    ],
    [
      ResumeTask,
      ({ taskId, answer }: ResumeTask) => this.apply(taskId, { type: 'ResumeTask', data: answer }),
    ],
    [GetTask, ({ taskId, atLeast = 0 }: GetTask) => this.get(taskId, atLeast)],
    [GetTaskEvents, ({ taskId }: GetTaskEvents) => this.history(taskId)],
    [ReplayTask, ({ taskId }: ReplayTask) => ({ state: this.stateOf(taskId), events: this.history(taskId) })],
    [
      WatchTask,
      ({ taskId, after, signal }: WatchTask) => this.watch(this.require(taskId), taskId, after ?? 0, signal),
    ],
    [ListTasks, ({ filter }: ListTasks) => this.list(filter)],
    [ListAgents, () => this.agents.list()],
    [ListSkills, () => []],
    [ListWorkers, () => []],
    [GetStatus, () => this.status()],
    [GetAudit, () => ({ entries: [] })],
    [GetProjections, () => []],
    [RebuildProjection, () => undefined],
  ];

  private submit({ idempotencyKey: key, ...asked }: SubmitTask['request'], actor: Actor) {
    const agentId = asked.agentId ?? this.agents.defaultAgent;
    this.agents.require(agentId);
    const taskId = key === undefined ? uuidv7() : uuidv8(actor.tenant, actor.id, key);
    const requestDigest = canonicalJson(asked);
    const known = this.tasks.get(taskId);
    if (known && known.task.requestDigest !== requestDigest)
      throw new MeshError('idempotency_mismatch', 'another body');
    if (known) return { state: this.stateOf(taskId), repeated: true };
    const submission: Submission = {
      ...asked,
      priority: asked.priority ?? 5,
      maxAttempts: asked.maxAttempts ?? 3,
      sessionId: asked.sessionId ?? actor.sessionId,
      agentId,
      ownerId: actor.id,
      requestDigest,
    };
    this.apply(taskId, { type: 'SubmitTask', data: submission });
    return { state: this.stateOf(taskId), repeated: false };
  }

  private apply(taskId: string, command: TaskCommand): void {
    const kept = this.tasks.get(taskId);
    const input = command.type === 'SubmitTask' ? command.data.input : '';
    const next: Kept = kept ?? { task: null as never, events: [], after: [], input };
    const events = decide(command, kept?.task ?? null);
    for (const event of events) record(next, event);
    if (events.length === 0) return;
    this.tasks.set(taskId, next);
    this.wake();
    if (placementOf(next.task) === 'ready') setImmediate(() => this.work(taskId));
  }

  private work(taskId: string): void {
    const { task, input } = this.require(taskId);
    if (placementOf(task) !== 'ready') return;
    this.apply(taskId, { type: 'GrantLease', data: { workerId: 'w', leaseMs: 1000 } });
    this.report(taskId, { type: 'Started', data: {} });
    const [command = '', ...words] = input.split(' ');
    if (command === 'sleep') return;
    if (command === 'exit')
      return this.report(taskId, { type: 'Failed', data: { error: `exit code ${words[0]}`, output: '' } });
    const lines =
      command === 'seq' ? Array.from({ length: Number(words[1]) }, (_, i) => `${i + 1}`) : [words.join(' ')];
    const output = `${lines.join('\n')}\n`;
    while (lines.length > 0) {
      const text = `${lines.splice(0, 100).join('\n')}\n`;
      this.report(taskId, { type: 'Output', data: { channel: 'stdout', text } });
    }
    this.report(taskId, { type: 'Completed', data: { output } });
  }

  private async *watch(
    kept: Kept,
    taskId: string,
    after: number,
    signal?: AbortSignal,
  ): AsyncGenerator<TaskUpdateEvent> {
    const stopped = () => signal?.aborted === true;
    const aborted = new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve()));
    this.watching += 1;
    try {
      for (
        let version = after;
        !stopped() && !(isFinal(kept.task.status) && version >= kept.task.version);
        kept = this.require(taskId)
      ) {
        const [event, state] = [kept.events[version], kept.after[version]];
        if (event && state) {
          version += 1;
          this.given.set(taskId, version);
          yield updateOf(taskId, event, state);
          continue;
        }
        await Promise.race([new Promise<void>((wake) => this.waiting.push(wake)), aborted]);
        if (this.broken) throw this.broken;
      }
    } finally {
      this.watching -= 1;
    }
  }

  private require(taskId: string): Kept {
    const kept = this.tasks.get(taskId);
    if (!kept) throw new MeshError('not_found', `there is no task ${taskId}`);
    return kept;
  }

  private get(taskId: string, atLeast: number): TaskState | null {
    if (!this.tasks.has(taskId)) return null;
    const state = this.stateOf(taskId);
    if (state.version < atLeast) throw new MeshError('unavailable', 'not yet', { retryAfterSeconds: 1 });
    return state;
  }

  private history(taskId: string) {
    const { events, after } = this.require(taskId);
    return events.map((event, i) => historyEventOf(taskId, event, after[i] as Task));
  }

  private stateOf(taskId: string): TaskState {
    const { task, input, output } = this.require(taskId);
    return taskStateOf(taskId, task, input, output);
  }

  private list({ limit = 50, cursor, ...wanted }: ListTasks['filter']) {
    const all = [...this.tasks.keys()].map((id) => this.stateOf(id)).toReversed();
    const matching = all.filter((state) =>
      Object.entries(wanted).every(
        ([name, value]) => value === undefined || state[name as keyof TaskState] === value,
      ),
    );
    const from = Number(cursor ?? 0);
    const next = from + limit < matching.length ? { cursor: `${from + limit}` } : {};
    return { tasks: matching.slice(from, from + limit), ...next };
  }

  private status() {
    const active = [...this.tasks.values()].filter(({ task }) => !isFinal(task.status)).length;
    const rest = {
      version: '0.0.0',
      uptime: 1,
      mode: 'local-only',
      healthy: true,
      workers: 1,
      queueDepth: 0,
      projectionLag: 0,
    };
    return { ...rest, activeTasks: active, totalTasks: this.tasks.size, checks: [] };
  }
}

/** Adds an event and what it makes of the task. */
function record(kept: Kept, event: TaskEvent): void {
  const author = { kind: 'user', id: 'ann' } as const;
  const version = kept.events.length + 1;
  const recorded = { ...event, version, at: new Date().toISOString(), author } as Recorded;
  kept.task = evolve(kept.task, recorded);
  kept.events.push(recorded);
  kept.after.push(kept.task);
  const output =
    event.type === 'TaskCompleted' || event.type === 'TaskFailed' ? event.data.output : undefined;
  if (output !== undefined) kept.output = output;
}
