import { canonicalJson, historyEventOf, taskStateOf, updateOf, uuidv7, uuidv8 } from '#contract';
import type { Actor, TaskFilter, TaskState, TaskSubmitRequest, TaskUpdateEvent } from '#contract';
import { MeshError } from '#errors';
import { AgentRegistry } from '#registry';
import { decide, evolve, isFinal, placementOf } from '#task';
import type { Recorded, Submission, Task, TaskCommand, TaskEvent, WorkerFact } from '#task';

type Kept = { task: Task; events: Recorded[]; after: Task[]; input: string; output?: string };

/**
 * Tasks in memory, and a worker who knows four commands: `echo`, `exit`, `seq` and `sleep` (which never wakes).
 * The domain is the real one.
 */
export class MemoryTasks {
  /** How many watches are under way. */
  watching = 0;
  readonly agents = new AgentRegistry();
  private readonly given = new Map<string, number>();
  private broken: Error | undefined;
  private readonly tasks = new Map<string, Kept>();
  private readonly waiting: (() => void)[] = [];

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

  submit({ idempotencyKey: key, ...asked }: TaskSubmitRequest, actor: Actor) {
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

  apply(taskId: string, command: TaskCommand): void {
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

  /** Throws at once where there is no such task. */
  watch(taskId: string, after: number, signal?: AbortSignal): AsyncGenerator<TaskUpdateEvent> {
    return this.follow(this.require(taskId), taskId, after, signal);
  }

  private async *follow(
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

  get(taskId: string, atLeast: number): TaskState | null {
    if (!this.tasks.has(taskId)) return null;
    const state = this.stateOf(taskId);
    if (state.version < atLeast) throw new MeshError('unavailable', 'not yet', { retryAfterSeconds: 1 });
    return state;
  }

  history(taskId: string) {
    const { events, after } = this.require(taskId);
    return events.map((event, i) => historyEventOf(taskId, event, after[i] as Task));
  }

  stateOf(taskId: string): TaskState {
    const { task, input, output } = this.require(taskId);
    return taskStateOf(taskId, task, input, output);
  }

  list({ limit = 50, cursor, ...wanted }: TaskFilter) {
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

  /** How many there are, and how many of them have not ended. */
  count() {
    const active = [...this.tasks.values()].filter(({ task }) => !isFinal(task.status)).length;
    return { activeTasks: active, totalTasks: this.tasks.size };
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
