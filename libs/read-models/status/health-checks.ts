import type { HealthCheck } from '#contract';

/** Port. Probes of the parts this process depends on: database, broker, disk. */
export abstract class HealthChecks {
  /** All of them, each within its own time limit. A part that is away is an unhealthy check, never an error. */
  abstract run(): Promise<readonly HealthCheck[]>;
}
