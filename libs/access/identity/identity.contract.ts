import { Global, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { TestingModule } from '@nestjs/testing';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll } from 'vitest';
import { Bus, Clock, Logger, ORIGIN, SilentLogger } from '#contract';
import type { Actor, AuditEntry } from '#contract';
import { MeshError } from '#errors';
import { EventStore, PostgresEventStore, openDatabase } from '#event-store';
import type { Database } from '#event-store';
import { AgentRegistry } from '#registry';
import { InProcessBus } from '#streaming';
import { MemoryPolicies, MemoryWaysIn } from '#test/access';
import { freshDatabase } from '#test/servers';
import { settled } from '#test/settled';
import { AccessModule } from '../access.module.js';
import { Belongings } from '../demand.js';
import { Policies } from '../policies/policies.js';
import { WaysIn } from '../policies/ways-in.js';
import { PostgresBelongings } from '../postgres.belongings.js';
import { Subjects } from '../rights/subjects.js';
import { PostgresSubjects } from '../rights/postgres.subjects.js';
import { IdentityModule } from './identity.module.js';
import { identityMigrations } from './identity.entity.js';
import { ProofVerifier } from './sessions/postgres.authenticator.js';
import { Authenticator } from './sessions/authenticator.js';
import type { ExpectedProof } from './sessions/authenticator.js';
import type { Origin } from './sign-in/origin.js';
import type { User } from './users/user.js';
import { Users } from './users/users.service.js';

/** Time that stands still until a spec moves it. */
export class HandClock extends Clock {
  private elapsedMs = 0;

  override now(): Date {
    return new Date(Date.UTC(2026, 0, 1) + this.elapsedMs);
  }

  override monotonicMs(): number {
    return this.elapsedMs;
  }

  advance(ms: number): void {
    this.elapsedMs += ms;
  }
}

/** Believes a proof that says which key it is by, and for which request: `<jkt> <method> <url>`. */
class PlainProofs extends ProofVerifier {
  override readonly verify = async (proof: string, { method, url, expectedJkt }: ExpectedProof) => {
    if (proof === `${expectedJkt} ${method} ${url}`) return { jkt: expectedJkt };
    throw new MeshError('unauthenticated', 'the proof is not one of this request by that key');
  };
}

/** All services of this folder over one database, as one API process has them. */
export type IdentityProcess = Readonly<{
  app: TestingModule;
  store: EventStore;
  policies: MemoryPolicies;
  /** What the audit has, oldest first. */
  audited(): Promise<readonly AuditEntry[]>;
  close(): Promise<void>;
}>;

export const openMemory = (): Promise<Database> =>
  openDatabase({ at: { kind: 'pglite', dataDir: 'memory' }, migrations: identityMigrations });

/** A Postgres of the spec's own; `close` drops it. */
export async function openPostgres(): Promise<Database> {
  const { url, drop } = await freshDatabase();
  const database = await openDatabase({ at: { kind: 'postgres', url }, migrations: identityMigrations });
  const close = async (): Promise<void> => {
    await database.close();
    await drop();
  };
  return { ...database, close };
}

export async function identityOver(
  database: Database,
  { clock = new HandClock(), bus = new InProcessBus() }: Readonly<{ clock?: Clock; bus?: Bus }> = {},
): Promise<IdentityProcess> {
  const store = new PostgresEventStore(database);
  const policies = new MemoryPolicies();
  const providers = [
    { provide: DataSource, useValue: database.dataSource },
    { provide: EventStore, useValue: store },
    { provide: Clock, useValue: clock },
    { provide: Bus, useValue: bus },
    { provide: Logger, useValue: new SilentLogger() },
    { provide: Policies, useValue: policies },
    { provide: WaysIn, useValue: new MemoryWaysIn() },
    { provide: ProofVerifier, useValue: new PlainProofs() },
    { provide: AgentRegistry, useValue: new AgentRegistry() },
    { provide: Belongings, useClass: PostgresBelongings },
    { provide: Subjects, useClass: PostgresSubjects },
  ];
  @Global()
  @Module({ providers, exports: providers.map(({ provide }) => provide) })
  class Adapters {}
  const app = await Test.createTestingModule({
    imports: [Adapters, IdentityModule.with(), AccessModule],
  }).compile();
  await app.init();
  const audited = async () => {
    await settled(store, 'audit');
    return (await store.auditTail(ORIGIN, 100_000)).map(({ text }) => JSON.parse(text) as AuditEntry);
  };
  return { app, store, policies, audited, close: () => app.close() };
}

/** What a spec over tables runs on, one after the other. */
export const DATABASES = [
  ['PGlite', openMemory],
  ['Postgres', openPostgres],
] as const;

/** Gives the specs of a describe a process over a database of their own, and closes both after them. */
export function identityBefore(
  open: () => Promise<Database>,
  use: (identity: IdentityProcess, database: Database) => void,
  around: Readonly<{ clock?: Clock; bus?: Bus }> = {},
): void {
  let database: Database | undefined;
  let identity: IdentityProcess | undefined;
  beforeAll(async () => {
    database = await open();
    identity = await identityOver(database, around);
    use(identity, database);
  }, 60_000);
  afterAll(async () => {
    await identity?.close();
    await database?.close();
  });
}

export const from: Origin = { address: '192.0.2.1' };

/** A password that the rules let pass; made up at run time, so that no text of ours looks like a secret. */
export const aPassword = (): string => `correct horse ${crypto.randomUUID()}`;

let users = 0;

/** Somebody nobody else knows. */
export const aUser = (
  { app }: IdentityProcess,
  { tenant = 'default', roles = ['developer'], password }: Partial<User> & { password?: string } = {},
): Promise<User> => app.get(Users).create(tenant, { name: `user${++users}`, roles, password });

/** What a refusal says. */
export const refusal = (asked: Promise<unknown>): Promise<string> =>
  asked.then(
    () => 'was not refused',
    (error: Partial<MeshError>) => `${error.code ?? 'not ours'}: ${error.message ?? ''}`,
  );

/** The user as an authenticator would say them. */
export const actorOf = (user: User, sessionId: string, more: Partial<Actor> = {}): Actor => ({
  kind: 'user',
  id: user.id,
  userName: user.name,
  tenant: user.tenant,
  sessionId,
  roles: user.roles,
  trust: 'untrusted',
  issuer: 'local',
  ...more,
});

/** Who comes with this access token. */
export const knock = ({ app }: IdentityProcess, accessToken: string): Promise<Actor> =>
  app.get(Authenticator).authenticate({
    authorization: `Bearer ${accessToken}`,
    method: 'GET',
    url: 'https://mesh.example/v1/me',
    address: from.address,
    local: false,
  });
