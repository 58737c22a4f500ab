import type {
  AgentInfo,
  ResumeAnswer,
  RuntimeInterface,
  RuntimeMode,
  RuntimeStatus,
  SkillInfo,
  StreamOptions,
  TaskFilter,
  TaskHistoryEvent,
  TaskPage,
  TaskState,
  TaskSubmitRequest,
  TaskUpdateEvent,
  TransportAdapter,
} from '#contract';

/** The runtime, whatever carries it: the same methods over every adapter, each called with what it was given. */
export class CoderClawRuntime implements RuntimeInterface {
  constructor(
    private readonly adapter: TransportAdapter,
    readonly mode: RuntimeMode,
  ) {}

  submitTask(request: TaskSubmitRequest): Promise<TaskState> {
    return this.adapter.submitTask(request);
  }

  getTaskState(taskId: string): Promise<TaskState | null> {
    return 'getTaskState' in this.adapter
      ? this.adapter.getTaskState(taskId)
      : this.adapter.queryTaskState(taskId);
  }

  streamTaskUpdates(taskId: string, options?: StreamOptions): AsyncIterableIterator<TaskUpdateEvent> {
    return this.adapter.streamTaskUpdates(taskId, options);
  }

  cancelTask(taskId: string, reason?: string): Promise<boolean> {
    return this.adapter.cancelTask(taskId, reason);
  }

  listAgents(): Promise<AgentInfo[]> {
    return this.adapter.listAgents();
  }

  listSkills(): Promise<SkillInfo[]> {
    return this.adapter.listSkills();
  }

  getStatus(): Promise<RuntimeStatus> {
    return this.adapter.getStatus();
  }

  listTasks(filter?: TaskFilter): Promise<TaskPage> {
    return this.adapter.listTasks(filter);
  }

  getTaskEvents(taskId: string): Promise<TaskHistoryEvent[]> {
    return this.adapter.getTaskEvents(taskId);
  }

  pauseTask(taskId: string): Promise<TaskState> {
    return this.adapter.pauseTask(taskId);
  }

  resumeTask(taskId: string, answer?: ResumeAnswer): Promise<TaskState> {
    return this.adapter.resumeTask(taskId, answer);
  }

  close(): Promise<void> {
    return this.adapter.close();
  }
}
