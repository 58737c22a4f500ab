import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GuardedCommand, GuardedHandler, SetPolicy, TaskRights, aTask } from '#access';
import type { ICommandHandler } from '#access';
import type { AuditEntry } from '#contract';
import { MeshError } from '#errors';
import { EventStore } from '#event-store';
import { actor, developer, openGate, scheduler } from './gate-in-test.contract.js';
import type { OpenedGate } from './gate-in-test.contract.js';
import { GrantLease } from './index.js';

/** Whoever may submit may ask for it; whether the task may go on is asked of the task's own rights. */
class GoOn extends GuardedCommand<void> {
  constructor(readonly taskId: string) {
    super();
  }
}

@GuardedHandler(GoOn, ({ taskId }) => ({
  permissions: ['task:submit'],
  resource: aTask(taskId),
  action: 'task.go-on',
}))
class GoOnHandler implements ICommandHandler<GoOn> {
  constructor(
    private readonly store: EventStore,
    private readonly rights: TaskRights,
  ) {}

  async execute({ taskId }: GoOn): Promise<void> {
    const stored = await this.store.load(taskId);
    if (!stored) throw new MeshError('not_found', `there is no task ${taskId}`);
    const { verdict } = await this.rights.judge(stored);
    if (!verdict.allowed) throw new MeshError('access_denied', verdict.reason);
  }
}

describe('what the gate allows, and the handler then denies', () => {
  let at: OpenedGate;
  beforeAll(async () => {
    at = await openGate([GoOnHandler]);
  }, 60_000);
  afterAll(() => at?.close());

  /** What the audit has gained by `work`. */
  async function gained(work: () => Promise<unknown>): Promise<readonly Partial<AuditEntry>[]> {
    const before = (await at.audited()).length;
    await work();
    return (await at.audited())
      .slice(before)
      .map(({ action, result, reason }) => ({ action, result, reason }));
  }

  it('is on record as refused, with the reason of the task’s rights', async () => {
    const taskId = await at.submit();
    expect(await at.refusal(developer, new GoOn(taskId))).toBe('was not refused');
    at.subjects.told.set('ada', null);
    const records = await gained(async () =>
      expect(await at.refusal(developer, new GoOn(taskId))).toBe('access_denied'),
    );
    at.subjects.told.delete('ada');
    expect(records).toEqual([
      { action: 'task.go-on', result: 'refused', reason: 'ada is unknown or disabled' },
    ]);
  });

  it('is on record twice where what is allowed is recorded before it is done', async () => {
    at.policies.set({ roles: { ops: { permissions: ['config:write'] } } });
    const ops = actor(['ops'], { id: 'oli' });
    const records = await gained(async () =>
      expect(await at.refusal(ops, new SetPolicy({ allowedUsers: ['oli'] }))).toBe('access_denied'),
    );
    at.policies.set({});
    expect(records).toEqual([
      expect.objectContaining({ action: 'policy.change', result: 'allowed' }),
      { action: 'policy.change', result: 'refused', reason: expect.stringMatching(/^allowedUsers: /) },
    ]);
  });

  it('is on record once, as denied and in the commit that fails the task, where the runtime asked', async () => {
    const taskId = await at.submit();
    at.subjects.told.set('ada', null);
    const records = await gained(async () =>
      expect(await at.refusal(scheduler, new GrantLease(taskId, 'w', 1_000))).toBe('access_denied'),
    );
    at.subjects.told.delete('ada');
    expect(records).toEqual([
      { action: 'task.lease', result: 'denied', reason: 'ada is unknown or disabled' },
    ]);
    expect((await at.audited()).at(-1)?.id).toBe((await at.store.load(taskId))?.commitId);
  });
});
