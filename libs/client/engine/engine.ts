import {
  MAX_TASK_OUTPUT_BYTES,
  SystemClock,
  decode,
  historyEventOf,
  submitSchema,
  taskStateOf,
  textSchema,
  updateOf,
} from '#contract';
import type {
  Clock,
  StreamOptions,
  TaskHistoryEvent,
  TaskState,
  TaskSubmitRequest,
  TaskUpdateEvent,
} from '#contract';
import { MeshError, isMeshError } from '#errors';
import { clampProgress, decide, evolve } from '#task';
import type { Author, Recorded, Task, TaskEvent, TaskOrNone, TaskStatus } from '#task';
import { eventsTo, factAbout } from './status-events.js';
import { MemoryTaskStorage } from './storage.js';
import type { StoredTask, StoredTaskFilter, TaskStorage } from './storage.js';
import { streamUpdates } from './stream-updates.js';
import { submissionOf } from './submission.js';
import { Watchers } from './watchers.js';
import type { UpdateListener } from './watchers.js';

type Decide = (stored: StoredTask) => readonly TaskEvent[];
type Step = Readonly<{ event: Recorded; after: Task }>;

/** Who writes in this face: there is no worker, the program that holds the engine does the work itself. */
const ENGINE: Author = { kind: 'system', id: 'task-engine' };

/** One writer wins each round; as many writers as this may race on one task. */
const MAX_ROUNDS = 1_000;

const messageSchema = textSchema(4096).optional();
const outputSchema = textSchema(MAX_TASK_OUTPUT_BYTES);
const errorSchema = textSchema(64 * 1024);

/**
 * Tasks driven by hand, by the same state table and with the same history as everywhere. In memory unless given a
 * storage; watchers hear what this engine writes. `null` means that there is no such task.
 */
export class DistributedTaskEngine {
  private readonly watchers = new Watchers();

  constructor(
    private readonly storage: TaskStorage = new MemoryTaskStorage(),
    private readonly clock: Clock = new SystemClock(),
  ) {}

  /** @throws {MeshError} `invalid_request` | `idempotency_mismatch` (the key was used with another request) */
  async createTask(request: TaskSubmitRequest): Promise<TaskState> {
    const { taskId, submission } = submissionOf(decode(submitSchema, request));
    const { input } = submission;
    const steps = this.stepsFrom(null, decide({ type: 'SubmitTask', data: submission }, null));
    try {
      return stateOf(await this.append({ id: taskId, input, output: null }, steps, 0));
    } catch (error) {
      const earlier = isMeshError(error, 'version_conflict') ? await this.storage.load(taskId) : null;
      if (!earlier) throw error;
      if (earlier.task.requestDigest === submission.requestDigest) return stateOf(earlier);
      throw new MeshError(
        'idempotency_mismatch',
        `task ${taskId} was created with this key and another request`,
        {
          field: 'idempotencyKey',
        },
      );
    }
  }

  /** @throws {MeshError} `illegal_transition` where the table has no such step; `invalid_request` */
  async updateTaskStatus(taskId: string, status: TaskStatus, message?: string): Promise<TaskState | null> {
    const said = decode(messageSchema, message);
    return this.change(taskId, (stored) => eventsTo(status, said, stored));
  }

  /** @param progress 0–100, clamped. @throws {MeshError} `illegal_transition` after the end; `invalid_request` */
  async updateTaskProgress(taskId: string, progress: number, message?: string): Promise<TaskState | null> {
    const said = decode(messageSchema, message);
    const data = { progress: clampProgress(progress), ...(said === undefined ? {} : { message: said }) };
    return this.change(taskId, (stored) => factAbout({ type: 'ProgressReported', data }, stored));
  }

  /** Sets the output; the last one set is the task's when it ends. @throws {MeshError} as `updateTaskProgress` */
  async setTaskOutput(taskId: string, text: string): Promise<TaskState | null> {
    const data = { channel: 'text', text: decode(outputSchema, text) } as const;
    return this.change(taskId, (stored) => factAbout({ type: 'OutputAppended', data }, stored));
  }

  /** Fails the task. @throws {MeshError} `illegal_transition` where it has ended; `invalid_request` */
  async setTaskError(taskId: string, text: string): Promise<TaskState | null> {
    const error = decode(errorSchema, text);
    return this.change(taskId, (stored) => eventsTo('failed', error, stored));
  }

  async getTask(taskId: string): Promise<TaskState | null> {
    const stored = await this.storage.load(taskId);
    return stored && stateOf(stored);
  }

  /** Oldest first. */
  async listTasks(filter: StoredTaskFilter = {}): Promise<TaskState[]> {
    return (await this.storage.list(filter)).map(stateOf);
  }

  /** The history, oldest first; empty if there is no such task. */
  async getTaskEvents(taskId: string): Promise<TaskHistoryEvent[]> {
    const history = await this.storage.history(taskId);
    let task: TaskOrNone = null;
    return history.map((event) => historyEventOf(taskId, event, (task = evolve(task, event))));
  }

  /** True if the task is cancelled now, by this call or an earlier one; false if unknown or ended otherwise. */
  async cancelTask(taskId: string, reason = 'cancelled'): Promise<boolean> {
    const data = { reason: decode(textSchema(1024), reason) };
    try {
      return (await this.change(taskId, ({ task }) => decide({ type: 'CancelTask', data }, task))) !== null;
    } catch (error) {
      if (isMeshError(error, 'illegal_transition')) return false;
      throw error;
    }
  }

  /** Calls back with each update from now on, before the call that caused it returns. @returns ends it */
  subscribeToTask(taskId: string, callback: UpdateListener): () => void {
    return this.watchers.watch(taskId, callback);
  }

  /** Every update from the first, in order, once; ends after the final one. @throws {MeshError} `not_found` */
  streamTaskUpdates(taskId: string, options?: StreamOptions): AsyncIterableIterator<TaskUpdateEvent> {
    return streamUpdates(this.storage, this.watchers, taskId, options);
  }

  /** Read, decide, append; decides afresh when another writer got there first. */
  private async change(taskId: string, decideOn: Decide): Promise<TaskState | null> {
    for (let round = 1; ; round++) {
      const stored = await this.storage.load(taskId);
      if (!stored) return null;
      const steps = this.stepsFrom(stored.task, decideOn(stored));
      if (steps.length === 0) return stateOf(stored);
      try {
        return stateOf(await this.append(stored, steps, stored.task.version));
      } catch (error) {
        if (round === MAX_ROUNDS || !isMeshError(error, 'version_conflict')) throw error;
      }
    }
  }

  private stepsFrom(before: TaskOrNone, events: readonly TaskEvent[]): readonly Step[] {
    const at = this.clock.now().toISOString();
    let task = before;
    return events.map((fact) => {
      const event: Recorded = { ...fact, version: (task?.version ?? 0) + 1, at, author: ENGINE };
      task = evolve(task, event);
      return { event, after: task };
    });
  }

  private async append(
    texts: Omit<StoredTask, 'task'>,
    steps: readonly Step[],
    expectedVersion: number,
  ): Promise<StoredTask> {
    const last = steps.at(-1);
    if (!last) throw new MeshError('internal', 'a commit without events');
    const output = steps.reduce((before, { event }) => outputAfter(before, event), texts.output);
    const stored: StoredTask = { id: texts.id, input: texts.input, task: last.after, output };
    await this.storage.append(
      stored,
      steps.map(({ event }) => event),
      expectedVersion,
    );
    for (const { event, after } of steps) this.watchers.tell(updateOf(stored.id, event, after));
    return stored;
  }
}

const stateOf = ({ id, task, input, output }: StoredTask): TaskState => taskStateOf(id, task, input, output);

const outputAfter = (before: string | null, event: Recorded): string | null =>
  event.type === 'OutputAppended' ? event.data.text : before;

/** The engine of this process, in memory. */
export const globalTaskEngine = new DistributedTaskEngine();
