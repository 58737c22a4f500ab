import type { HealthCheck } from '#contract';

/** Port. Whether this process can do its work now: the log, the database, the broker, how far readers are behind. */
export abstract class Readiness {
  /** Never throws: a probe that fails is an unhealthy one. Details name no secret; everybody may read them. */
  abstract check(): Promise<readonly HealthCheck[]>;
}
