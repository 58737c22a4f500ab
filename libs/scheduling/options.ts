/** What the scheduler is told by the configuration. What a tenant's own limits say counts instead. */
export abstract class SchedulingOptions {
  /** How long a worker may be silent before it has lost its tasks. */
  abstract readonly leaseMs: number;

  /** Tasks of one tenant that run at once. */
  abstract readonly maxConcurrentTasks: number;

  /** Tasks of one session that run at once. @default as many as of its tenant */
  abstract readonly maxConcurrentTasksPerSession?: number | undefined;

  /** Tasks of one tenant that an agent runs at once, by the agent's id. @default as many as of the tenant */
  abstract readonly maxConcurrentTasksPerAgent?: Readonly<Record<string, number>> | undefined;
}
