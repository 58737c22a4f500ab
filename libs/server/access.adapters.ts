import { Global, Module } from '@nestjs/common';
import type { DynamicModule, OnModuleDestroy } from '@nestjs/common';
import {
  AccessChanges,
  Belongings,
  BrowserSignIn,
  IdentityModule,
  IdentitySql,
  JobTokens,
  MemoryUsedOnce,
  Policies,
  PostgresBelongings,
  PostgresPolicies,
  PostgresSubjects,
  PostgresUsedOnce,
  ProofReader,
  ProofVerifier,
  Subjects,
  UsedOnce,
  acceptProof,
} from '#access';
import { Clock } from '#contract';
import type { Stop } from '#contract';
import { EventStore } from '#event-store';
import type { Infrastructure } from './infrastructure.js';
import { LocalBelongings, LocalSubjects } from './local.access.js';
import { LocalAuthenticator } from './local.authenticator.js';
import { provide } from './provide.js';
import { policyLayers } from './policy-layers.js';
import type { PolicyLayers } from './policy-layers.js';
import { signInAdapters } from './sign-in.adapters.js';
import { localToken } from './token-file.js';

/** Tells the policies of a process when theirs is old: a file changed, or another process wrote another. */
class PolicyWatch implements OnModuleDestroy {
  private readonly stops: readonly (() => unknown)[];

  constructor(policies: PostgresPolicies, layers: PolicyLayers, changes: AccessChanges) {
    this.stops = [
      layers.watch(() => policies.doubt()),
      changes.listen((change) => {
        if (change.policies) policies.doubt();
      }),
    ];
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.all(this.stops.map((stop) => (stop as Stop)()));
  }
}

/** What differs by mode in who may do what: where policies are, whose things are, who people are. */
@Global()
@Module({})
export class AccessAdapters {
  static of(infra: Infrastructure): DynamicModule {
    const { config, database, logger } = infra;
    const local = config.mode === 'local-only';
    const layers = policyLayers(config.workspace, logger);
    const policies = (sql: IdentitySql, changes: AccessChanges) =>
      new PostgresPolicies(sql, {
        local,
        enforceTrust: config.enforceTrust,
        below: layers.current,
        changed: (tenant) => changes.tell({ policies: [tenant] }),
      });
    const providers = [
      provide(Policies, policies, [IdentitySql, AccessChanges]),
      provide(
        PolicyWatch,
        (known: PostgresPolicies, changes: AccessChanges) => new PolicyWatch(known, layers, changes),
        [Policies, AccessChanges],
      ),
      provide(
        Belongings,
        (sql: IdentitySql, store: EventStore) =>
          local ? new LocalBelongings(sql, store) : new PostgresBelongings(sql, store),
        [IdentitySql, EventStore],
      ),
      PostgresSubjects,
      ProofReader,
      provide(Subjects, (people: PostgresSubjects) => (local ? new LocalSubjects(people) : people), [
        PostgresSubjects,
      ]),
      provide(
        UsedOnce,
        (clock: Clock) => (local ? new MemoryUsedOnce(clock) : new PostgresUsedOnce(database.pool, clock)),
        [Clock],
      ),
      provide(
        ProofVerifier,
        (used: UsedOnce, clock: Clock): ProofVerifier => ({
          verify: (proof, expected) => acceptProof(used, proof, { ...expected, now: clock.now() }),
        }),
        [UsedOnce, Clock],
      ),
      ...signInAdapters(config),
    ];
    const exports = [
      ...[Policies, Belongings, Subjects, UsedOnce, ProofVerifier, ProofReader],
      ...[BrowserSignIn, JobTokens],
    ];
    return { module: AccessAdapters, imports: [identityOf(infra)], providers, exports };
  }
}

/** The local user's token is in a file, everybody else's in the tables. */
function identityOf({ config }: Infrastructure): DynamicModule {
  if (config.mode !== 'local-only') return IdentityModule.with({ limits: config.sessions });
  const door = { token: localToken(config.dataDir), requireAuth: config.requireAuth };
  return IdentityModule.with({
    limits: config.sessions,
    before: (tables, policies) => new LocalAuthenticator(door, policies, tables),
  });
}
