import type { CompiledPolicy } from '#policy';

/** Port. Which policy holds in a tenant: all its layers, compiled. */
export abstract class Policies {
  /** @throws {MeshError} `unavailable` if it cannot be read: nothing is judged by less than the whole policy */
  abstract of(tenant: string): Promise<CompiledPolicy>;
}
