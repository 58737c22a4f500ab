import type { OnModuleDestroy, Provider } from '@nestjs/common';
import { AccessChanges, IdentitySql, Policies, PostgresPolicies, PostgresWaysIn, WaysIn } from '#access';
import { Clock } from '#contract';
import type { Infrastructure } from './infrastructure.js';
import { keepingDoorOpen } from './keeping-door-open.js';
import { provide } from './nest.provide.js';
import { policyLayers } from './policy-layers.js';
import type { PolicyLayers, PolicyLayersWatching } from './policy-layers.js';
import { waysSetUp } from './ways-set-up.js';

/** Tells the policies of a process when theirs is old: a file changed, or another process wrote another. */
class PolicyWatch implements OnModuleDestroy {
  private readonly stopWatching: () => Promise<void>;
  private readonly stopListening: () => void;

  constructor(
    policies: PostgresPolicies,
    layers: PolicyLayers,
    changes: AccessChanges,
    accept: PolicyLayersWatching['accept'],
  ) {
    this.stopWatching = layers.watch({ changed: () => policies.doubt(), accept });
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
export function policyAdapters({ config, logger, signsIn }: Infrastructure): readonly Provider[] {
  const setUp = waysSetUp(config);
  const providers = signsIn ? setUp : undefined;
  const layers = policyLayers({ workspace: config.workspace, logger, providers });
  const options = { local: config.mode === 'local-only', enforceTrust: config.enforceTrust };
  const open = (sql: IdentitySql, changes: AccessChanges) =>
    new PostgresPolicies(sql, {
      ...options,
      below: layers.current,
      changed: (tenant) => changes.tell({ policies: [tenant] }),
    });
  const watch = (policies: PostgresPolicies, changes: AccessChanges, ways: WaysIn) =>
    new PolicyWatch(policies, layers, changes, signsIn ? keepingDoorOpen(policies, ways, options) : anything);
  const ways = (sql: IdentitySql, clock: Clock) => new PostgresWaysIn(setUp, sql, clock);
  return [
    provide(Policies, open, [IdentitySql, AccessChanges]),
    provide(WaysIn, ways, [IdentitySql, Clock]),
    provide(PolicyWatch, watch, [Policies, AccessChanges, WaysIn]),
  ];
}

const anything = (): Promise<void> => Promise.resolve();
