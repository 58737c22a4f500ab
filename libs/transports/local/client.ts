import type {
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
import { MeshError } from '#errors';
import { openedLater } from './client-iterator.js';

export type LocalOptions = Readonly<{
  /** The folder tasks work in. @default the current one */
  workspace?: string | undefined;
  /** Where tasks are kept. @default nothing is kept */
  dataDir?: string | undefined;
  /** What else would be in runtime.yaml. */
  config?: Readonly<Record<string, unknown>> | undefined;
}>;

/** The whole runtime in this process: opened with the first call, closed by `close`. */
export class LocalTransportAdapter implements RuntimeInterface {
  private opening: Promise<RuntimeInterface> | null = null;
  private closed = false;

  constructor(private readonly options: LocalOptions = {}) {}

  async submitTask(request: TaskSubmitRequest): Promise<TaskState> {
    return (await this.runtime()).submitTask(request);
  }

  async getTaskState(taskId: string): Promise<TaskState | null> {
    return (await this.runtime()).getTaskState(taskId);
  }

  streamTaskUpdates(taskId: string, options?: StreamOptions): AsyncIterableIterator<TaskUpdateEvent> {
    return openedLater(async () => (await this.runtime()).streamTaskUpdates(taskId, options));
  }

  async cancelTask(taskId: string, reason?: string): Promise<boolean> {
    return (await this.runtime()).cancelTask(taskId, reason);
  }

  async listAgents(): Promise<AgentInfo[]> {
    return (await this.runtime()).listAgents();
  }

  async listSkills(): Promise<SkillInfo[]> {
    return (await this.runtime()).listSkills();
  }

  async getStatus(): Promise<RuntimeStatus> {
    return (await this.runtime()).getStatus();
  }

  async listTasks(filter?: TaskFilter): Promise<TaskPage> {
    return (await this.runtime()).listTasks(filter);
  }

  async getTaskEvents(taskId: string): Promise<TaskHistoryEvent[]> {
    return (await this.runtime()).getTaskEvents(taskId);
  }

  async pauseTask(taskId: string): Promise<TaskState> {
    return (await this.runtime()).pauseTask(taskId);
  }

  async resumeTask(taskId: string, answer?: ResumeAnswer): Promise<TaskState> {
    return (await this.runtime()).resumeTask(taskId, answer);
  }

  /** Stops the runtime, if it was ever opened. Safe to call twice; what was asked after it is refused. */
  async close(): Promise<void> {
    this.closed = true;
    const opened = await this.opening?.catch(() => null);
    this.opening = null;
    await opened?.close();
  }

  /** One runtime, however many calls come first; one that could not be opened is tried again by the next call. */
  private runtime(): Promise<RuntimeInterface> {
    if (this.closed) return Promise.reject(new MeshError('unavailable', 'this runtime is closed'));
    this.opening ??= this.open().catch((error: unknown) => {
      this.opening = null;
      throw error;
    });
    return this.opening;
  }

  /** The server is loaded here and not above: whoever only speaks to remote runtimes never loads it. */
  private async open(): Promise<RuntimeInterface> {
    const { openLocalRuntime } = await import('#server');
    return openLocalRuntime(this.options);
  }
}
