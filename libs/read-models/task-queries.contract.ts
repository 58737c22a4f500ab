import { describe, expect, it } from 'vitest';
import type { AuditQuery, TaskFilter } from '#contract';
import { SUBMISSION } from '#test/given';
import { ann, asking, stranger } from './asked.contract.js';
import { GetAudit } from './audit-trail/get-audit.query.js';
import type { OpenDatabase } from './mesh.contract.js';
import { GetTaskEvents } from './task-history/get-task-events.query.js';
import { ReplayTask } from './task-history/replay-task.query.js';
import { GetTask } from './task-state/get-task.query.js';
import { ListTasks } from './task-state/list-tasks.query.js';
import { id, usual } from './test-log.contract.js';

/** What is answered of tasks, asked through the gate. */
export function taskQueriesContract(name: string, open: OpenDatabase): void {
  describe(`queries of tasks on ${name}`, () => {
    const asked = asking(open);
    const list = (filter: TaskFilter = {}, actor = ann) => asked().gate.query(actor, new ListTasks(filter));
    const audit = (query: AuditQuery = {}, actor = ann) => asked().gate.query(actor, new GetAudit(query));
    const newestFirst = async () => (await list({ limit: 200 })).tasks;

    it('say that a read model is not there yet, rather than list nothing', async () => {
      await expect(list()).rejects.toMatchObject({ code: 'unavailable' });
      await expect(audit()).rejects.toMatchObject({ code: 'unavailable' });
    });

    it('list every task once, newest first, though more come in between two pages', async () => {
      for (let n = 1; n <= 20; n++) {
        const data = {
          ...SUBMISSION,
          input: `input ${n}`,
          sessionId: `s-${n % 3}`,
          agentId: n % 4 === 0 ? 'a-1' : 'a-2',
          ownerId: n % 5 === 0 ? 'bob' : 'ann',
          ...(n % 6 === 0 ? { parentTaskId: id(1) } : {}),
        };
        await asked().store.add(id(n), { type: 'TaskSubmitted', data });
        if (n % 2 === 0) await asked().store.add(id(n), ...usual('TaskCancelled'));
      }
      await asked().project();
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await list({ limit: 7, cursor });
        seen.push(...page.tasks.map((task) => task.id));
        ({ cursor } = page);
        await asked().store.add(id(100 + seen.length), ...usual('TaskSubmitted'));
        await asked().project();
      } while (cursor);
      expect(seen).toEqual(Array.from({ length: 20 }, (_, n) => id(20 - n)));
      const [newest] = (await list()).tasks;
      expect(newest).toMatchObject({ id: id(120), input: 'npm test', status: 'pending' });
    });

    it.each<[string, TaskFilter]>([
      ['status', { status: 'cancelled' }],
      ['session', { sessionId: 's-1' }],
      ['agent', { agentId: 'a-1' }],
      ['owner', { ownerId: 'bob' }],
      ['parent', { parentTaskId: id(1) }],
      ['several at once', { status: 'cancelled', agentId: 'a-1', sessionId: 's-0' }],
    ])('list by %s exactly those that match', async (_what, filter) => {
      const matching = (await newestFirst()).filter((task) =>
        Object.entries(filter).every(([key, value]) => task[key as keyof typeof task] === value),
      );
      expect(matching.length).toBeGreaterThan(0);
      expect((await list({ ...filter, limit: 200 })).tasks).toEqual(matching);
    });

    it.each<[string, TaskFilter]>([
      ['cursor', { cursor: 'nonsense' }],
      ['limit', { limit: 0 }],
      ['status', { status: 'lost' as 'failed' }],
    ])('refuse a wrong %s, and name it', async (field, filter) => {
      await expect(list(filter)).rejects.toMatchObject({ code: 'invalid_request', details: { field } });
    });

    it('show nothing of another tenant', async () => {
      expect((await list({}, stranger)).tasks).toEqual([]);
      expect((await audit({}, stranger)).entries.filter(({ tenant }) => tenant !== 'other')).toEqual([]);
      for (const query of [new GetTask(id(1)), new GetTaskEvents(id(1)), new ReplayTask(id(1))])
        await expect(asked().gate.query<unknown>(stranger, query)).rejects.toMatchObject({
          code: 'not_found',
        });
    });

    it('read a task as it is now, before any read model has heard of it', async () => {
      await asked().store.add(id(500), ...usual('TaskSubmitted', 'LeaseGranted'));
      expect(await asked().gate.query(ann, new GetTask(id(500), 2))).toMatchObject({
        id: id(500),
        version: 2,
        input: 'npm test',
      });
      await expect(asked().gate.query(ann, new GetTask(id(500), 3))).rejects.toMatchObject({
        code: 'unavailable',
      });
      await expect(asked().gate.query(ann, new GetTask('no id at all'))).rejects.toMatchObject({
        code: 'not_found',
      });
      const events = await asked().gate.query(ann, new GetTaskEvents(id(500)));
      expect(events.map(({ version, type }) => [version, type])).toEqual([
        [1, 'TaskSubmitted'],
        [2, 'LeaseGranted'],
      ]);
      const { state } = await asked().gate.query(ann, new ReplayTask(id(500), { version: 1 }));
      expect(state).toMatchObject({ version: 1, attempt: 0 });
      await expect(asked().gate.query(ann, new GetTaskEvents(id(501)))).rejects.toMatchObject({
        code: 'not_found',
      });
    });
  });
}
