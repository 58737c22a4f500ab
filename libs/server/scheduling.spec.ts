import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GetTask } from '#read-models';
import { grants, mostAtOnce } from '#test/running-tasks';
import { openInProcessMesh } from './in-process-mesh.contract.js';
import { localActor } from './local-actor.js';

type Mesh = Awaited<ReturnType<typeof openInProcessMesh>>;

const many = <Item>(n: number, make: (i: number) => Item): Item[] =>
  Array.from({ length: n }, (_, i) => make(i));

const A_SHELL = { agentId: 'shell', input: 'true' };
const FOR_GPU = { requires: ['gpu'] };

describe('scheduling, as the log tells it', () => {
  let mesh: Mesh;
  beforeAll(async () => {
    mesh = await openInProcessMesh();
  }, 180_000);
  afterAll(() => mesh?.close(), 60_000);

  const queueOf = async (taskId: string) => (await mesh.gate.query(localActor(), new GetTask(taskId)))?.queue;

  it('never exceeds a limit of a tenant, a session or an agent at any moment', async () => {
    const limits = { maxConcurrentTasks: 7, maxConcurrentTasksPerSession: 3 };
    await mesh.limit({ ...limits, maxConcurrentTasksPerAgent: { shell: 2 } });
    const submitted = await Promise.all(
      many(300, (i) => mesh.submit(`limited-${i % 4}`, i % 10 === 0 ? A_SHELL : {})),
    );
    const log = await mesh.ended(submitted);
    expect(mostAtOnce(log, () => 'all').get('all')).toBe(7);
    expect(Math.max(...mostAtOnce(log, ({ sessionId }) => sessionId).values())).toBe(3);
    expect(mostAtOnce(log, ({ agentId }) => agentId).get('shell')).toBe(2);
    expect(new Set(grants(log).values())).toEqual(new Set([1]));
  }, 120_000);

  it('finishes ten tasks within thirty slots, though five thousand of another session came before', async () => {
    await mesh.limit({ maxConcurrentTasks: 2 });
    for (let n = 0; n < 5_000; n += 50) await Promise.all(many(50, () => mesh.submit('many')));
    const ten = await Promise.all(many(10, () => mesh.submit('few')));
    const log = await mesh.ended(ten);
    const last = log.findIndex(
      ({ taskId, event }) => taskId === ten.at(-1) && event.type === 'TaskSubmitted',
    );
    const done = log.findLastIndex(
      ({ sessionId, event }) => sessionId === 'few' && event.type === 'TaskCompleted',
    );
    const slots = log.slice(last, done).filter(({ event }) => event.type === 'LeaseGranted').length;
    expect(slots).toBeGreaterThanOrEqual(10);
    expect(slots).toBeLessThanOrEqual(30);
  }, 300_000);

  it('tells which place a task has in its session, and says so where no worker carries its labels', async () => {
    const first = await mesh.submit('places', FOR_GPU);
    const second = await mesh.submit('places', FOR_GPU);
    const waitingFor = 'a worker that carries gpu: none that is connected does';
    expect([await queueOf(first), await queueOf(second)]).toEqual([
      { position: 1, waitingFor },
      { position: 2, waitingFor },
    ]);
    const urgent = await mesh.submit('places', { ...FOR_GPU, priority: 9 });
    expect((await queueOf(urgent))?.position).toBe(1);
    const plain = await mesh.submit('places');
    expect(grants(await mesh.ended([plain])).get(plain)).toBe(1); // nothing that waits for a label is in its way
    expect(await queueOf(plain)).toBeUndefined();
  }, 60_000);

  it('gives each task to one worker once, though two processes take themselves for the leader', async () => {
    await mesh.limit({ maxConcurrentTasks: 1 });
    // So many that they outlast the start of the other, and its first looks: it hears of no commit of this one's.
    const submitted = await Promise.all(many(600, () => mesh.submit('two leaders')));
    await mesh.anotherLeader();
    await mesh.limit({ maxConcurrentTasks: 10 });
    const log = await mesh.ended(submitted);
    const given = grants(log);
    expect(new Set(submitted.map((taskId) => given.get(taskId)))).toEqual(new Set([1]));
    const mine = new Set(submitted);
    const workers = log.flatMap(({ taskId, event }) =>
      mine.has(taskId) && event.type === 'LeaseGranted' ? [event.data.workerId] : [],
    );
    expect(new Set(workers).size).toBe(2);
  }, 180_000);
});
