import type { Gate } from '#access';
import { CancelTask, PauseTask, ResumeTask, SubmitTask } from '#commands';
import { cancelSchema, decode, resumeSchema, submitSchema, taskFilterSchema } from '#contract';
import type {
  Actor,
  AgentInfo,
  ResumeAnswer,
  RuntimeInterface,
  RuntimeStatus,
  SkillInfo,
  StreamOptions,
  TaskFilter,
  TaskHistoryEvent,
  TaskPage,
  TaskState,
  TaskSubmitRequest,
  TaskUpdateEvent,
} from '#contract';
import { isMeshError } from '#errors';
import type { ErrorCode } from '#errors';
import { GetStatus, GetTaskEvents, ListAgents, ListSkills, ListTasks, WatchTask } from '#read-models';
import { NO_REASON, readTask } from '../read-task.js';
import { taskIdOf } from '../task-id.js';
import { openedLater } from './client-iterator.js';

export type GateRuntimeOptions = Readonly<{
  gate: Gate;
  actor: Actor;
  /** What `close` closes. @default nothing */
  onClose?: () => Promise<void>;
}>;

/** The runtime for one actor, in process: every call is a command or a query through the gate. */
export class GateRuntime implements RuntimeInterface {
  private readonly gate: Gate;
  private readonly actor: Actor;

  constructor(private readonly options: GateRuntimeOptions) {
    this.gate = options.gate;
    this.actor = options.actor;
  }

  async submitTask(request: TaskSubmitRequest): Promise<TaskState> {
    const { state } = await this.gate.execute(this.actor, new SubmitTask(decode(submitSchema, request)));
    return state;
  }

  getTaskState(taskId: string): Promise<TaskState | null> {
    return unless<TaskState | null>(['not_found'], null, () => this.read(taskId));
  }

  streamTaskUpdates(
    taskId: string,
    { after = 0, signal }: StreamOptions = {},
  ): AsyncIterableIterator<TaskUpdateEvent> {
    const own = new AbortController();
    const ended = signal ? AbortSignal.any([signal, own.signal]) : own.signal;
    const updates = openedLater(async () =>
      this.gate.query(this.actor, new WatchTask(taskIdOf(taskId), after, ended)),
    );
    return endedBy(updates, ended, own);
  }

  cancelTask(taskId: string, reason?: string): Promise<boolean> {
    return unless(['not_found', 'illegal_transition'], false, async () => {
      const asked = decode(cancelSchema, { reason });
      await this.gate.execute(this.actor, new CancelTask(taskIdOf(taskId), asked.reason ?? NO_REASON));
      return true;
    });
  }

  async listAgents(): Promise<AgentInfo[]> {
    return [...(await this.gate.query(this.actor, new ListAgents()))];
  }

  async listSkills(): Promise<SkillInfo[]> {
    return [...(await this.gate.query(this.actor, new ListSkills()))];
  }

  getStatus(): Promise<RuntimeStatus> {
    return this.gate.query(this.actor, new GetStatus());
  }

  async listTasks(filter: TaskFilter = {}): Promise<TaskPage> {
    return this.gate.query(this.actor, new ListTasks(decode(taskFilterSchema, filter)));
  }

  async getTaskEvents(taskId: string): Promise<TaskHistoryEvent[]> {
    return [...(await this.gate.query(this.actor, new GetTaskEvents(taskIdOf(taskId))))];
  }

  async pauseTask(taskId: string): Promise<TaskState> {
    return this.gate.execute(this.actor, new PauseTask(taskIdOf(taskId)));
  }

  async resumeTask(taskId: string, answer: ResumeAnswer = {}): Promise<TaskState> {
    const asked = decode(resumeSchema, answer);
    return this.gate.execute(this.actor, new ResumeTask(taskIdOf(taskId), asked));
  }

  async close(): Promise<void> {
    await this.options.onClose?.();
  }

  private async read(taskId: string): Promise<TaskState> {
    return readTask(this.gate, this.actor, taskIdOf(taskId));
  }
}

/** The answer, or `instead` if it was refused with one of the codes. */
async function unless<Answer>(
  codes: readonly ErrorCode[],
  instead: Answer,
  ask: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    if (isMeshError(error) && codes.includes(error.code)) return instead;
    throw error;
  }
}

/** Aborting ends the updates without an error, whatever the watch does with the signal; so does leaving the loop. */
function endedBy(
  updates: AsyncIterableIterator<TaskUpdateEvent>,
  ended: AbortSignal,
  own: AbortController,
): AsyncIterableIterator<TaskUpdateEvent> {
  const over = { done: true, value: undefined } as const;
  return {
    async next() {
      if (ended.aborted) return over;
      try {
        return await updates.next();
      } catch (error) {
        if (ended.aborted) return over;
        throw error;
      }
    },
    async return() {
      own.abort();
      await updates.return?.();
      return over;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
