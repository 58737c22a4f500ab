import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { IdentitySql } from '#access';
import type { Gate } from '#access';
import type { SubmitTask } from '#commands';
import { SilentLogger } from '#contract';
import type { Actor, Schedule, TaskState } from '#contract';
import { MeshError } from '#errors';
import { openDatabase } from '#event-store';
import type { Database, EventStore } from '#event-store';
import { MemorySubjects } from '#test/access';
import { freshDatabase } from '#test/servers';
import { BATCH } from '../alarm.js';
import { CreateSchedule1764100008000 } from './create-schedule.migration.js';
import { ScheduleTimes, ScheduleWires } from './schedule-times.service.js';
import { Schedules } from './schedules.service.js';
import type { KeptSchedule } from './schedules.service.js';

const at = (time: string) => `2026-01-01T${time}:00.000Z`;
const HOURLY: KeptSchedule = {
  id: '',
  tenant: 't',
  ownerId: 'ada',
  sessionId: 's',
  name: 'hourly',
  cron: '0 * * * *',
  timeZone: 'UTC',
  overlap: 'skip',
  task: { description: 'd', input: 'i', agentId: 'echo' },
  creator: { roles: ['developer', 'lead'], trust: 'verified', userName: 'Ada' },
  createdAt: at('00:30'),
  nextAt: at('01:00'),
};

/** The gate and the log, as far as schedules go: one task for each key. */
class World {
  now = at('00:30');
  readonly tasks = new Map<string, string>();
  readonly actors: Actor[] = [];
  readonly over = new Set<string>();
  readonly failures: MeshError[] = [];
  readonly subjects = new MemorySubjects({ roles: ['developer'], trust: 'verified' });

  readonly gate = {
    execute: async (actor: Actor, { request: { idempotencyKey = '' } }: SubmitTask) => {
      const failure = this.failures.shift();
      if (failure) throw failure;
      this.actors.push(actor);
      const id = this.tasks.get(idempotencyKey) ?? `task-${this.tasks.size + 1}`;
      this.tasks.set(idempotencyKey, id);
      return { state: { id } as TaskState, repeated: false };
    },
  } as unknown as Gate;

  readonly store = {
    load: async (id: string) => ({ task: { status: this.over.has(id) ? 'completed' : 'running' } }),
  } as unknown as EventStore;

  timesOf(schedules: Schedules): ScheduleTimes {
    const clock = { now: () => new Date(this.now), monotonicMs: () => 0 };
    return new ScheduleTimes(
      schedules,
      this.gate,
      this.subjects,
      this.store,
      new ScheduleWires(clock, new SilentLogger()),
    );
  }
}

describe('a schedule whose time has come', () => {
  let database: Database;
  let drop: () => Promise<void>;
  let schedules: Schedules;
  let world: World;
  let times: ScheduleTimes;
  let id: string;

  beforeAll(async () => {
    const fresh = await freshDatabase();
    ({ drop } = fresh);
    const migrations = [CreateSchedule1764100008000];
    database = await openDatabase({
      at: { kind: 'postgres', url: fresh.url },
      migrations,
      maxConnections: 2,
    });
    schedules = new Schedules(new IdentitySql(database.dataSource));
  });
  afterAll(async () => {
    await database.close();
    await drop();
  });
  beforeEach(async () => {
    for (const kept of await schedules.list('t')) await schedules.delete(kept.id);
    world = new World();
    times = world.timesOf(schedules);
    id = crypto.randomUUID();
  });

  const add = (more: Partial<KeptSchedule> = {}) => schedules.add({ ...HOURLY, id, ...more });
  const ring = (time: string) => {
    world.now = at(time);
    return times.ring(world.now);
  };
  const last = async (): Promise<Schedule['last']> => (await schedules.find(id))?.last;
  const nextAt = async () => (await schedules.find(id))?.nextAt;

  it('submits its task, not before, once, and is next at its next time', async () => {
    await add();
    expect(await ring('00:59')).toMatchObject({ nextAt: at('01:00') });
    expect(world.tasks.size).toBe(0);
    await ring('01:00');
    await ring('01:00');
    expect([...world.tasks]).toEqual([[`schedule:${id}:${at('01:00')}`, 'task-1']]);
    expect(await last()).toEqual({ at: at('01:00'), result: 'submitted', taskId: 'task-1' });
    expect(await nextAt()).toBe(at('02:00'));
  });

  it('makes up once for all times that were missed', async () => {
    await add();
    await ring('07:30');
    expect(world.tasks.size).toBe(1);
    expect(await nextAt()).toBe(at('08:00'));
  });

  it('finds the task that was made before a crash', async () => {
    await add();
    const forgetful = Object.assign(Object.create(schedules) as Schedules, {
      done: () => Promise.reject(new MeshError('unavailable', 'crashed')),
    });
    world.now = at('01:00');
    expect(await world.timesOf(forgetful).ring(world.now)).toMatchObject({ failed: true });
    await ring('01:00');
    expect(world.tasks.size).toBe(1);
    expect(await last()).toMatchObject({ result: 'submitted', taskId: 'task-1' });
  });

  it.each([
    ['skip', ['submitted', 'skipped', 'submitted'], 2],
    ['allow', ['submitted', 'submitted', 'submitted'], 3],
  ] as const)('and whose last task still runs: %s', async (overlap, results, tasks) => {
    await add({ overlap });
    const seen: (string | undefined)[] = [];
    for (const time of ['01:00', '02:00', '03:00']) {
      if (time === '03:00') world.over.add('task-1');
      await ring(time);
      seen.push((await last())?.result);
    }
    expect(seen).toEqual(results);
    expect(world.tasks.size).toBe(tasks);
  });

  it('has its turn though more than are looked at in one go cannot be done now', async () => {
    for (let i = 0; i < BATCH; i++)
      await schedules.add({ ...HOURLY, id: crypto.randomUUID(), tenant: 'full', nextAt: at('00:45') });
    await add();
    world.failures.push(...Array.from({ length: BATCH }, () => new MeshError('rate_limited', 'full')));
    expect(await ring('01:00')).toMatchObject({ failed: true });
    await ring('01:00');
    expect(await last()).toMatchObject({ result: 'submitted' });
    await ring('01:01');
    expect(world.tasks.size).toBe(BATCH + 1);
    for (const { id: kept } of await schedules.list('full')) await schedules.delete(kept);
  });

  it('acts for its creator, with no more than they had then and have now', async () => {
    await add();
    await ring('01:00');
    expect(world.actors).toMatchObject([
      { kind: 'user', id: 'ada', tenant: 't', sessionId: 's', roles: ['developer'], userName: 'Ada' },
    ]);
  });

  it('is refused for a creator who is disabled, says so, and is tried again at its next time', async () => {
    await add();
    world.subjects.told.set('ada', null);
    await ring('01:00');
    expect(await last()).toEqual({
      at: at('01:00'),
      result: 'refused',
      reason: 'ada is unknown or disabled',
    });
    world.subjects.told.delete('ada');
    await ring('02:00');
    expect(await last()).toMatchObject({ result: 'submitted' });
  });

  it('says why it was refused; what passes by itself is tried again for the same time', async () => {
    await add();
    world.failures.push(new MeshError('unavailable', 'away'), new MeshError('access_denied', 'not any more'));
    expect(await ring('01:00')).toMatchObject({ failed: true });
    expect(await nextAt()).toBe(at('01:00'));
    await ring('01:01');
    expect(await last()).toEqual({ at: at('01:00'), result: 'refused', reason: 'not any more' });
  });
});
