import type { Actor } from '#contract';

/** Port. Counts what each user asks for, where their tenant limits it. */
export abstract class RequestLimits {
  /** @throws {MeshError} `rate_limited`, with the time to wait */
  abstract take(actor: Actor): Promise<void>;
}
