/** How many tasks may wait for a worker, where a tenant's own limits do not say otherwise. */
export abstract class BacklogOptions {
  /** Of one tenant. */
  abstract readonly maxQueuedTasks: number;

  /** Of all tenants together. */
  abstract readonly maxQueuedTasksOfAll: number;
}
