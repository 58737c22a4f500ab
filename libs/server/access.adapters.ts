import { Global, Module } from '@nestjs/common';
import type { DynamicModule, Provider } from '@nestjs/common';
import {
  Belongings,
  BrowserSignIn,
  IdentityModule,
  IdentitySql,
  JobTokens,
  MemoryUsedOnce,
  Policies,
  PostgresBelongings,
  PostgresSubjects,
  PostgresUsedOnce,
  ProofReader,
  ProofVerifier,
  Subjects,
  UsedOnce,
  WaysIn,
  acceptProof,
} from '#access';
import { Clock } from '#contract';
import { EventStore } from '#event-store';
import type { Infrastructure } from './infrastructure.js';
import { LocalBelongings, LocalSubjects } from './local.access.js';
import { LocalAuthenticator } from './local.authenticator.js';
import { provide } from './nest.provide.js';
import { policyAdapters } from './policy.adapters.js';
import { signInAdapters } from './sign-in.adapters.js';
import { localToken } from './token-file.js';

const PORTS = [
  Policies,
  WaysIn,
  Belongings,
  Subjects,
  UsedOnce,
  ProofVerifier,
  ProofReader,
  BrowserSignIn,
  JobTokens,
] as const;

/** What differs by mode in who may do what: where policies are, whose things are, who people are. */
@Global()
@Module({})
export class AccessAdapters {
  static of(infra: Infrastructure): DynamicModule {
    return {
      module: AccessAdapters,
      imports: [identityOf(infra)],
      providers: [
        ...policyAdapters(infra),
        ...peopleAdapters(infra),
        ...proofAdapters(infra),
        ...signInAdapters(infra.config),
      ],
      exports: [...PORTS],
    };
  }
}

const isLocal = ({ config }: Infrastructure): boolean => config.mode === 'local-only';

/** The local user's token is in a file, everybody else's in the tables. */
function identityOf(infra: Infrastructure): DynamicModule {
  const { sessions: limits, dataDir, requireAuth } = infra.config;
  if (!isLocal(infra)) return IdentityModule.with({ limits });
  const door = { token: localToken(dataDir), requireAuth };
  return IdentityModule.with({
    limits,
    before: (tables, policies) => new LocalAuthenticator(door, policies, tables),
  });
}

function peopleAdapters(infra: Infrastructure): readonly Provider[] {
  const Whose = isLocal(infra) ? LocalBelongings : PostgresBelongings;
  const subjects = (people: PostgresSubjects) => (isLocal(infra) ? new LocalSubjects(people) : people);
  return [
    PostgresSubjects,
    provide(Subjects, subjects, [PostgresSubjects]),
    provide(Belongings, (sql: IdentitySql, store: EventStore) => new Whose(sql, store), [
      IdentitySql,
      EventStore,
    ]),
  ];
}

const verifier = (used: UsedOnce, clock: Clock): ProofVerifier => ({
  verify: (proof, expected) => acceptProof(used, proof, { ...expected, now: clock.now() }),
});

/** A proof counts once: in all processes on one database, or in the one that owns the data folder. */
function proofAdapters(infra: Infrastructure): readonly Provider[] {
  const usedOnce = (clock: Clock) =>
    isLocal(infra) ? new MemoryUsedOnce(clock) : new PostgresUsedOnce(infra.database.pool, clock);
  return [
    ProofReader,
    provide(UsedOnce, usedOnce, [Clock]),
    provide(ProofVerifier, verifier, [UsedOnce, Clock]),
  ];
}
