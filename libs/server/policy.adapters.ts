import type { OnModuleDestroy, Provider } from '@nestjs/common';
import { AccessChanges, IdentitySql, Policies, PostgresPolicies } from '#access';
import type { Infrastructure } from './infrastructure.js';
import { provide } from './nest.provide.js';
import { policyLayers } from './policy-layers.js';
import type { PolicyLayers } from './policy-layers.js';

/** Tells the policies of a process when theirs is old: a file changed, or another process wrote another. */
class PolicyWatch implements OnModuleDestroy {
  private readonly stopWatching: () => Promise<void>;
  private readonly stopListening: () => void;

  constructor(policies: PostgresPolicies, layers: PolicyLayers, changes: AccessChanges) {
    this.stopWatching = layers.watch(() => policies.doubt());
    this.stopListening = changes.listen((change) => {
      if (change.policies) policies.doubt();
    });
  }

  async onModuleDestroy(): Promise<void> {
    this.stopListening();
    await this.stopWatching();
  }
}

/**
 * The policy: the tenant's layer from the database, the repository's from its file.
 *
 * @throws {MeshError} `invalid_request` with every problem of the file
 */
export function policyAdapters({ config, logger }: Infrastructure): readonly Provider[] {
  const layers = policyLayers(config.workspace, logger);
  const open = (sql: IdentitySql, changes: AccessChanges) =>
    new PostgresPolicies(sql, {
      local: config.mode === 'local-only',
      enforceTrust: config.enforceTrust,
      below: layers.current,
      changed: (tenant) => changes.tell({ policies: [tenant] }),
    });
  const watch = (policies: PostgresPolicies, changes: AccessChanges) =>
    new PolicyWatch(policies, layers, changes);
  return [
    provide(Policies, open, [IdentitySql, AccessChanges]),
    provide(PolicyWatch, watch, [Policies, AccessChanges]),
  ];
}
