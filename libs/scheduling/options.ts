/** What the scheduler is told by the configuration. */
export abstract class SchedulingOptions {
  /** How long a worker may be silent before it has lost its tasks. */
  abstract readonly leaseMs: number;

  /** Tasks of one tenant that run at once. */
  abstract readonly maxConcurrentTasks: number;
}
