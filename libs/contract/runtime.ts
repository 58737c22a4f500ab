import type { Artifact, JsonObject, TaskEventType, TaskStatus, Usage } from '#task';

/** How a runtime is deployed. */
export const RUNTIME_MODES = ['local-only', 'remote-enabled', 'distributed-cluster'] as const;

export type RuntimeMode = (typeof RUNTIME_MODES)[number];

/** What it takes to submit a task. `agentId` defaults to the configured agent, `shell` unless changed. */
export type TaskSubmitRequest = Readonly<{
  description: string;
  input: string;
  agentId?: string | undefined;
  model?: string | undefined;
  thinking?: string | undefined;
  sessionId?: string | undefined;
  parentTaskId?: string | undefined;
  metadata?: JsonObject | undefined;
  /** A repeat with the same key and body finds the same task; with another body it is refused. */
  idempotencyKey?: string | undefined;
  /** 0–9, higher first. @default 5 */
  priority?: number | undefined;
  /**
   * Time after which the task is failed: counted over all its attempts, from when it is first given to a worker or
   * goes on after a wait. While it waits for people, no time passes.
   */
  timeoutMs?: number | undefined;
  /** How often the task may be given to a worker. @default 3 */
  maxAttempts?: number | undefined;
  /** Labels a worker must carry. */
  requires?: readonly string[] | undefined;
  budget?: Readonly<{ maxTokens?: number | undefined; maxCostUsd?: number | undefined }> | undefined;
  /** Wait for an approval before any worker sees the task. */
  requiresApproval?: boolean | undefined;
  workspace?:
    | Readonly<{
        /** URL of a git repository that policy allows. */
        repository?: string | undefined;
        /** Branch, tag or commit. @default what the repository has as its HEAD */
        ref?: string | undefined;
        /** Digest of an uploaded tar or tar.gz, in the place of a repository. */
        archive?: string | undefined;
        /** Leave what was changed as the artifact `workspace.diff`. @default what the agent usually does */
        diff?: boolean | undefined;
      }>
    | undefined;
}>;

/** A task as clients see it. Times are ISO 8601. */
export type TaskState = Readonly<{
  id: string;
  status: TaskStatus;
  agentId?: string;
  description: string;
  input: string;
  model?: string;
  thinking?: string;
  sessionId?: string;
  parentTaskId?: string;
  createdAt: string;
  startedAt?: string;
  completedAt?: string;
  updatedAt: string;
  output?: string;
  error?: string;
  /** 0–100. */
  progress?: number;
  metadata?: JsonObject;
  /** How many events the task has; the cursor of its streams. */
  version: number;
  ownerId: string;
  attempt: number;
  priority: number;
  waiting?: Readonly<{
    kind: 'input' | 'approval' | 'paused';
    prompt: string;
    /** Which of the agent's steps asks. */
    key?: string;
    /** The skill whose use is to be approved. */
    skillId?: string;
    /** When it is too late to answer. */
    expiresAt?: string;
  }>;
  /** Not given to a worker before. */
  retryAt?: string;
  /**
   * While it waits for a worker, where one task is asked for: which of the waiting tasks of its session it is (1 is next;
   * past 10,000 they are not counted), and what it waits for besides its turn.
   */
  queue?: Readonly<{ position: number; waitingFor?: string }>;
  /** The task that had failed for good, and that this one does again. */
  retryOf?: string;
  artifacts: readonly Artifact[];
  /** What models used so far, in tokens and US dollars. */
  usage?: Usage;
}>;

/** One step of a task, as a watcher sees it. `version` is the cursor to resume after. */
export type TaskUpdateEvent = Readonly<{
  taskId: string;
  status: TaskStatus;
  timestamp: string;
  message?: string;
  progress?: number;
  data?: JsonObject;
  version: number;
  type: TaskEventType;
  /** A piece of output, for `OutputAppended`. */
  output?: string;
}>;

/** One entry of a task's history. */
export type TaskHistoryEvent = Readonly<{
  taskId: string;
  version: number;
  type: TaskEventType;
  /** The same as `type`. */
  event: TaskEventType;
  timestamp: string;
  message: string;
  actor: string;
  data: JsonObject;
  attempt?: number;
}>;

export type AgentInfo = Readonly<{
  id: string;
  name: string;
  description: string;
  capabilities: readonly string[];
  model?: string;
  thinking?: string;
}>;

export type SkillInfo = Readonly<{
  id: string;
  name: string;
  description: string;
  version: string;
  enabled: boolean;
  dangerous: boolean;
  integrity?: string;
  source?: string;
}>;

/** One probe of a part we depend on. */
export type HealthCheck = Readonly<{ name: string; healthy: boolean; detail?: string }>;

/** How the runtime is. What serves all tenants is described to the default tenant's people alone. */
export type RuntimeStatus = Readonly<{
  version: string;
  /** Seconds since the process started. */
  uptime: number;
  activeTasks: number;
  totalTasks: number;
  mode: RuntimeMode;
  /** Whether every part works; told to all. */
  healthy: boolean;
  /** Workers connected; not told to other tenants. */
  workers?: number;
  /** Tasks that wait for a worker; other tenants hear of their own. */
  queueDepth: number;
  /** Commits the slowest read model is behind the log; not told to other tenants. */
  projectionLag?: number;
  /** Empty for other tenants. */
  checks: readonly HealthCheck[];
}>;

/** A worker as `GET /v1/workers` lists it. */
export type WorkerInfo = Readonly<{
  id: string;
  /** Agents that it can run, and what it carries besides. */
  agents: readonly string[];
  labels: readonly string[];
  /** Slots free, and tasks held. */
  free: number;
  held: number;
  lastBeatAt: string;
  connected: boolean;
}>;

export type TaskFilter = Readonly<{
  status?: TaskStatus | undefined;
  sessionId?: string | undefined;
  agentId?: string | undefined;
  ownerId?: string | undefined;
  parentTaskId?: string | undefined;
  /** 1–200. @default 50 */
  limit?: number | undefined;
  cursor?: string | undefined;
}>;

export type TaskPage = Readonly<{ tasks: readonly TaskState[]; cursor?: string }>;

export type StreamOptions = Readonly<{ after?: number | undefined; signal?: AbortSignal | undefined }>;

export type ResumeAnswer = Readonly<{
  input?: string | undefined;
  approved?: boolean | undefined;
  reason?: string | undefined;
}>;

/**
 * The runtime, whatever carries it. `null` means "does not exist or is not yours";
 * every other failure is thrown as a `MeshError`.
 */
export interface RuntimeInterface {
  submitTask(request: TaskSubmitRequest): Promise<TaskState>;
  getTaskState(taskId: string): Promise<TaskState | null>;
  /** Every event from the first (or after `after`), in order, once; ends after the final status. */
  streamTaskUpdates(taskId: string, options?: StreamOptions): AsyncIterableIterator<TaskUpdateEvent>;
  /** True if the task is cancelled now, by this call or an earlier one; false if it does not exist or ended otherwise. */
  cancelTask(taskId: string, reason?: string): Promise<boolean>;
  listAgents(): Promise<AgentInfo[]>;
  listSkills(): Promise<SkillInfo[]>;
  getStatus(): Promise<RuntimeStatus>;
  listTasks(filter?: TaskFilter): Promise<TaskPage>;
  getTaskEvents(taskId: string): Promise<TaskHistoryEvent[]>;
  pauseTask(taskId: string): Promise<TaskState>;
  resumeTask(taskId: string, answer?: ResumeAnswer): Promise<TaskState>;
  close(): Promise<void>;
}

/** A transport's client half: the runtime's methods, `queryTaskState` accepted for `getTaskState`. */
export type TransportAdapter = Omit<RuntimeInterface, 'getTaskState'> &
  (Pick<RuntimeInterface, 'getTaskState'> | { queryTaskState: RuntimeInterface['getTaskState'] });
