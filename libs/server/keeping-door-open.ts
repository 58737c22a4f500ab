import { shutDoor } from '#access';
import type { Policies, WaysIn } from '#access';
import { DEFAULT_TENANT } from '#contract';
import { compilePolicy } from '#policy';
import type { CompileOptions, PolicyLayer } from '#policy';

/**
 * Refuses files under which, together with the policy of the deployment's own tenant, nobody of it could sign in.
 *
 * @throws {MeshError} `illegal_transition`; `unavailable` while nobody can tell
 */
export const keepingDoorOpen =
  (policies: Policies, ways: WaysIn, options: CompileOptions) =>
  async (layers: readonly PolicyLayer[]): Promise<void> => {
    const { document } = await policies.read(DEFAULT_TENANT);
    const policy = compilePolicy([{ name: 'tenant', document }, ...layers], options);
    const shut = await shutDoor(policy, DEFAULT_TENANT, ways);
    if (shut) throw shut;
  };
