import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { AccessChanges, Gate, SessionEnds, SessionToCancel } from '#access';
import { WithdrawTask } from '#commands';
import { SilentLogger } from '#contract';
import { MeshError } from '#errors';
import type { EventStore } from '#event-store';
import { EndedSessions } from './ended-sessions.service.js';

/** The tables and the log, as far as ended sessions go. */
class World {
  open = new Map([
    ['ended', ['1', '2']],
    ['going on', ['3']],
  ]);
  toCancel: SessionToCancel[] = [{ tenant: 't', sessionId: 'ended', reason: 'logged out' }];
  expired = 0;
  withdrawn: (readonly [string, string])[] = [];
  failures: MeshError[] = [];
  tell: (change: { sessions?: readonly string[] }) => void = () => {};

  readonly ends = {
    expireSessions: async () => (this.expired++, []),
    toCancel: async () => this.toCancel,
    cancelled: async ({ sessionId }: SessionToCancel) => {
      this.toCancel = this.toCancel.filter((one) => one.sessionId !== sessionId);
    },
  } as unknown as SessionEnds;

  readonly store = {
    unfinished: async (_tenant: string, sessionId: string, limit: number) =>
      (this.open.get(sessionId) ?? []).slice(0, limit),
  } as unknown as EventStore;

  readonly gate = {
    execute: async (_actor: unknown, { taskId, reason }: WithdrawTask) => {
      for (const [session, tasks] of this.open)
        this.open.set(
          session,
          tasks.filter((id) => id !== taskId),
        );
      const failure = this.failures.shift();
      if (failure) throw failure;
      this.withdrawn.push([taskId, reason]);
    },
  } as unknown as Gate;

  readonly changes = {
    listen: (listener: World['tell']) => {
      this.tell = listener;
      return () => undefined;
    },
  } as unknown as AccessChanges;
}

describe('an ended session', () => {
  let world: World;
  let job: EndedSessions;
  beforeEach(() => {
    world = new World();
    job = new EndedSessions(world.ends, world.changes, world.gate, world.store, new SilentLogger());
  });

  const ticked = () => vi.waitFor(() => expect(world.toCancel).toEqual([]));

  it('is looked for again by who led before, and leads once more', async () => {
    world.toCancel = [];
    await job.start()();
    world.toCancel = [{ tenant: 't', sessionId: 'ended', reason: 'logged out' }];
    const stop = job.start();
    await ticked();
    await stop();
    expect(world.open.get('ended')).toEqual([]);
  });

  it('takes its unfinished tasks with it, says why, and leaves those of others', async () => {
    const stop = job.start();
    await ticked();
    await stop();
    const reason = 'the session ended has ended: logged out';
    expect(world.withdrawn).toEqual([
      ['1', reason],
      ['2', reason],
    ]);
    expect(world.open.get('going on')).toEqual(['3']);
    expect(world.expired).toBeGreaterThan(0);
  });

  it('is ticked off though a task of it ended by itself meanwhile', async () => {
    world.failures = [new MeshError('illegal_transition', 'the task is completed')];
    const stop = job.start();
    await ticked();
    await stop();
    expect(world.withdrawn.map(([id]) => id)).toEqual(['2']);
  });

  it('is looked at again, when told and not ticked off before, while the log cannot be written', async () => {
    const away = new MeshError('unavailable', 'the database is away');
    world.failures = [away, away];
    world.open.set('ended', ['1', '2', '4', '5']);
    const stop = job.start();
    await vi.waitFor(() => expect(world.failures).toEqual([]));
    expect(world.toCancel).toHaveLength(1);
    world.tell({ sessions: ['ended'] });
    await ticked();
    await stop();
    expect(world.withdrawn.map(([id]) => id)).toEqual(expect.arrayContaining(['4', '5']));
  });
});
