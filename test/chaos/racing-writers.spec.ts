import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HTTPTransportAdapter } from '#transports/http/client';
import { isMeshError } from '#errors';
import { aDeployment, checkRecord, eventually } from '#test/mesh';
import type { Deployment } from '#test/mesh';

const WRITERS = 8;
const ROUNDS = 20;

describe('two API processes', () => {
  let deployment: Deployment;
  let clients: HTTPTransportAdapter[];
  let urls: string[];

  beforeAll(async () => {
    deployment = await aDeployment('remote-enabled');
    const processes = [
      await deployment.start({ roles: 'api,projector' }),
      await deployment.start({ roles: 'api' }),
    ];
    urls = processes.map(({ url }) => url);
    clients = await Promise.all(processes.map(({ port }) => deployment.client(port)));
  });
  afterAll(() => deployment.close());

  const clientFor = (writer: number) => clients[writer % clients.length] as HTTPTransportAdapter;

  const submit = async (client: number, body: object) =>
    fetch(`${urls[client % urls.length]}/v1/tasks`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${await deployment.token()}`,
        'content-type': 'application/json',
        'idempotency-key': 'the-same',
      },
      body: JSON.stringify(body),
    });

  it('let one of eight racing writers win each round, and decide the others again', async () => {
    const tasks: string[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const { id } = await clientFor(round).submitTask({
        description: 'raced for',
        input: '',
        requiresApproval: true,
      });
      tasks.push(id);
      const outcomes = await Promise.all(
        Array.from({ length: WRITERS }, (_, writer) =>
          clientFor(writer)
            .resumeTask(id, { approved: false, reason: `writer ${writer}` })
            .then(
              () => 'won',
              (error: unknown) => (isMeshError(error) ? error.code : String(error)),
            ),
        ),
      );
      expect(outcomes.toSorted()).toEqual([...Array<string>(WRITERS - 1).fill('illegal_transition'), 'won']);
      const before = await clientFor(0).getTaskState(id);
      expect(await clientFor(1).cancelTask(id)).toBe(false);
      expect(await clientFor(1).getTaskState(id)).toEqual(before);
    }
    const states = await checkRecord(clientFor(0), tasks);
    expect(states.every(({ status, version }) => status === 'failed' && version === 5)).toBe(true);
  }, 60_000);

  it('end a task once, when some cancel it and others deny it', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const { id } = await clientFor(round).submitTask({
        description: 'ended twice',
        input: '',
        requiresApproval: true,
      });
      const denied = { approved: false, reason: 'no' };
      const ended = await Promise.allSettled(
        Array.from({ length: WRITERS }, (_, writer) => {
          const client = clientFor(writer >> 1);
          return writer % 2 === 0 ? client.cancelTask(id) : client.resumeTask(id, denied);
        }),
      );
      const cancels = ended.filter((_, writer) => writer % 2 === 0);
      const denials = ended.filter((_, writer) => writer % 2 === 1);
      const state = await clientFor(round).getTaskState(id);
      const wasCancelled = state?.status === 'cancelled';
      expect(cancels).toEqual(cancels.map(() => ({ status: 'fulfilled', value: wasCancelled })));
      expect(denials.filter(({ status }) => status === 'fulfilled')).toHaveLength(wasCancelled ? 0 : 1);
      expect(state).toMatchObject({ status: wasCancelled ? 'cancelled' : 'failed', version: 5 });
      expect((await clientFor(0).getTaskEvents(id)).at(-1)?.version).toBe(5);
    }
  }, 60_000);

  it('make one task of ten submits with one idempotency key', async () => {
    const body = { description: 'once', input: 'x', agentId: 'echo' };
    const answers = await Promise.all(Array.from({ length: 10 }, (_, client) => submit(client, body)));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      ...Array<number>(9).fill(200),
      201,
    ]);
    const ids = await Promise.all(
      answers.map(async (answer) => ((await answer.json()) as { id: string }).id),
    );
    expect(new Set(ids).size).toBe(1);

    const other = await submit(3, { ...body, input: 'y' });
    expect(other.status).toBe(409);
    expect(await other.json()).toMatchObject({ code: 'idempotency_mismatch' });
    const last = await clientFor(0).submitTask({ ...body, description: 'after them' });
    const tasks = await eventually('all are listed', async () => {
      const { tasks: listed } = await clientFor(0).listTasks({ agentId: 'echo' });
      return listed.some(({ id }) => id === last.id) && listed;
    });
    expect(tasks.map(({ id, input }) => [id, input])).toEqual([
      [last.id, 'x'],
      [ids[0], 'x'],
    ]);
  }, 60_000);
});
