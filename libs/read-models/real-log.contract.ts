import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { SilentLogger, WakeUps } from '#contract';
import type { AuditEntry } from '#contract';
import { PostgresEventStore } from '#event-store';
import type { Commit, Database } from '#event-store';
import { InProcessBus, LogTailFeed } from '#streaming';
import { evolve, placementOf } from '#task';
import type { TaskEvent, TaskOrNone } from '#task';
import { Checkpoints } from './projections/checkpoints.service.js';
import { ProjectionMonitor } from './projections/projection-monitor.service.js';
import { ProjectionPorts, ProjectionRunner } from './projections/projection-runner.service.js';
import { usual } from './test-log.contract.js';

const author = { kind: 'user', id: 'ann' } as const;

const auditOf = (id: string, at: string): AuditEntry => ({
  id,
  at,
  tenant: 'default',
  actorKind: 'user',
  userId: 'ann',
  sessionId: 's',
  trust: 'trusted',
  roles: ['admin'],
  action: 'task.test',
  resourceType: 'task',
  resourceId: 'x',
  result: 'allowed',
  reason: 'as it is',
  rule: 'role',
});

/** The task after a commit of these events, and the commit. */
function commitOf(taskId: string, before: TaskOrNone, events: readonly TaskEvent[]): Commit {
  const at = new Date().toISOString();
  let task = before;
  for (const event of events)
    task = evolve(task, { ...event, version: (task?.version ?? 0) + 1, at, author });
  if (!task) throw new Error('a commit without events');
  const id = crypto.randomUUID();
  return {
    id,
    tenant: 'default',
    taskId,
    expectedVersion: before?.version ?? 0,
    events,
    author,
    at,
    task,
    placement: placementOf(task),
    input: before ? undefined : 'npm test',
    decision: { rule: 'role', reason: 'test' },
    audit: auditOf(id, at),
  };
}

const LIFE = [
  usual('TaskSubmitted'),
  usual('LeaseGranted', 'PlanningStarted', 'TaskStarted'),
  usual('OutputAppended'),
  usual('TaskCompleted'),
];

/** Appends and projection together, as the server runs them. */
export function realLogContract(
  name: string,
  open: () => Promise<Database & Readonly<{ drop: () => Promise<void> }>>,
): void {
  describe(`read models of a real log on ${name}`, () => {
    let database: Awaited<ReturnType<typeof open>>;
    beforeAll(async () => {
      database = await open();
    });
    afterAll(() => database.drop());

    it('hold what was appended, though two projectors follow and one is stopped on the way', async () => {
      const store = new PostgresEventStore(database);
      const wakeUps = new WakeUps(new InProcessBus());
      store.onCommitted(() => wakeUps.signal('log'));
      const checkpoints = new Checkpoints(database.dataSource);
      const monitor = new ProjectionMonitor(checkpoints, store);
      const ports = new ProjectionPorts(store, new LogTailFeed(store, wakeUps), wakeUps);
      const runner = () => new ProjectionRunner(database.dataSource, checkpoints, new SilentLogger(), ports);
      const [first, second] = [runner(), runner()];
      first.start();
      second.start();
      const live = async (taskId: string) => {
        let task: TaskOrNone = null;
        for (const events of LIFE) ({ task } = await store.append(commitOf(taskId, task, events)));
      };
      const some = (count: number) =>
        Promise.all(Array.from({ length: count }, () => live(crypto.randomUUID())));
      await some(40);
      await first.stop();
      await some(40);
      await store.record(auditOf(crypto.randomUUID(), new Date().toISOString()));

      await vi.waitFor(async () => {
        for (const status of await monitor.status())
          expect(status).toMatchObject({ healthy: true, behind: 0 });
      }, 20_000);
      await second.stop();
      const count = async (table: string) =>
        (await database.dataSource.query(`select count(*)::int as n from ${table}`))[0].n;
      expect(
        await count(
          `task_state r join task t on t.id = r.task_id and t.version = r.version and t.state::jsonb = r.state::jsonb`,
        ),
      ).toBe(80);
      expect(await count('task_history')).toBe(80 * 6);
      expect(await count('audit_trail')).toBe(80 * 4 + 1);
      expect(
        await database.dataSource.query('select tenant, status, tasks from task_total where tasks <> 0'),
      ).toEqual([{ tenant: 'default', status: 'completed', tasks: 80 }]);
    });
  });
}
