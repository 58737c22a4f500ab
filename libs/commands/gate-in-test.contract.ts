import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Global, Module } from '@nestjs/common';
import type { Type } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { AccessModule, Belongings, Gate, Policies, Subjects, TenantLimits, WaysIn } from '#access';
import type { GuardedCommand, ICommandHandler } from '#access';
import { ArtifactRetention, ArtifactStore, FilesArtifactStore } from '#artifacts';
import { Clock, ORIGIN, SystemClock, WorkerLink } from '#contract';
import type { Actor, AuditEntry, Push } from '#contract';
import { EventStore, PostgresEventStore, openDatabase } from '#event-store';
import { AgentRegistry } from '#registry';
import { MemoryBelongings, MemoryPolicies, MemorySubjects, MemoryWaysIn } from '#test/access';
import { settled } from '#test/settled';
import { BacklogOptions, CommandsModule, SubmitTask } from './index.js';

export const actor = (roles: readonly string[], more: Partial<Actor> = {}): Actor => ({
  kind: 'user',
  id: 'ada',
  tenant: 'here',
  sessionId: 's',
  roles,
  trust: 'untrusted',
  ...more,
});

export const developer = actor(['developer']);
export const admin = actor(['admin'], { id: 'root' });
export const scheduler = actor([], { kind: 'system', id: 'scheduler' });
export const worker = actor([], { kind: 'worker', id: 'w' });

/** The gate with the real log behind it, access as a test says it is, and the handlers of a test's own commands. */
export async function openGate(
  handlers: readonly Type<ICommandHandler>[] = [],
  clock: Clock = new SystemClock(),
) {
  const database = await openDatabase({ at: { kind: 'pglite', dataDir: 'memory' }, migrations: [] });
  const store = new PostgresEventStore(database);
  const belongings = new MemoryBelongings(store);
  const policies = new MemoryPolicies();
  const subjects = new MemorySubjects({ roles: ['developer', 'admin'], trust: 'verified' });
  const limits: { maxQueuedTasks?: number } = {};
  const pushed: (readonly [string, Push])[] = [];
  const link = { push: (workerId: string, push: Push) => void pushed.push([workerId, push]) };
  const folder = await mkdtemp(join(tmpdir(), 'gate-'));
  const artifacts = new FilesArtifactStore({ folder, clock });
  const providers = [
    { provide: ArtifactStore, useValue: artifacts },
    { provide: ArtifactRetention, useValue: { days: 90 } },
    { provide: EventStore, useValue: store },
    { provide: Clock, useValue: clock },
    { provide: WorkerLink, useValue: link },
    { provide: AgentRegistry, useValue: new AgentRegistry() },
    { provide: Policies, useValue: policies },
    { provide: WaysIn, useValue: new MemoryWaysIn() },
    { provide: Belongings, useValue: belongings },
    { provide: Subjects, useValue: subjects },
    { provide: TenantLimits, useValue: { of: async () => limits } },
    { provide: BacklogOptions, useValue: { maxQueuedTasks: 100_000, maxQueuedTasksOfAll: 1_000_000 } },
  ];
  @Global()
  @Module({ providers, exports: providers.map(({ provide }) => provide) })
  class Adapters {}
  const app = await Test.createTestingModule({
    imports: [Adapters, AccessModule, CommandsModule],
    providers: [...handlers],
  }).compile();
  await app.init();
  const gate = app.get(Gate);
  return {
    ...callsOf(gate, store),
    gate,
    store,
    belongings,
    policies,
    subjects,
    limits,
    pushed,
    artifacts,
    close: async () => {
      await rm(folder, { recursive: true, force: true });
      await app.close();
      await database.close();
    },
  };
}

const callsOf = (gate: Gate, store: EventStore) => {
  const audited = async (): Promise<readonly AuditEntry[]> => {
    await settled(store, 'audit');
    return (await store.auditTail(ORIGIN, 10_000)).map(({ text }) => JSON.parse(text) as AuditEntry);
  };
  return {
    /** @returns the task's id */
    submit: async (more: object = {}, by = developer): Promise<string> => {
      const request = { description: 'd', input: 'i', agentId: 'echo', ...more };
      return (await gate.execute(by, new SubmitTask(request))).state.id;
    },
    /** The code a command is refused with. */
    refusal: (by: Actor, command: GuardedCommand<unknown>): Promise<string | undefined> =>
      gate.execute(by, command).then(
        () => 'was not refused',
        (error: { code?: string }) => error.code,
      ),
    audited,
    lastAudit: async (): Promise<AuditEntry | undefined> => (await audited()).at(-1),
  };
};

export type OpenedGate = Awaited<ReturnType<typeof openGate>>;
