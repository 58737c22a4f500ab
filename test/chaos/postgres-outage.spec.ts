import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { TaskState } from '#contract';
import { aDeployment, checkRecord, eventually } from '#test/mesh';
import type { Deployment } from '#test/mesh';
import { freshDatabase, startProxy } from '#test/servers';

/** Less than a server waits for a database that is away before it says 503: all there is to settle can be. */
const CUTTING_MS = 1_500;
const EACH_MS = 40;

describe('a database that goes away', () => {
  let deployment: Deployment;
  afterEach(() => deployment.close());

  const post = async (url: string, body: object, key?: string) =>
    fetch(`${url}/v1/tasks`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${await deployment.token()}`,
        'content-type': 'application/json',
        ...(key ? { 'idempotency-key': key } : {}),
      },
      body: JSON.stringify(body),
    });

  it('is answered with 503 and when to try again; readiness fails; it recovers by itself and nothing is lost', async () => {
    deployment = await aDeployment('remote-enabled', { ownPostgres: true });
    const server = await deployment.start();
    const client = await deployment.client(server.port);
    const body = { description: 'kept', input: 'x', agentId: 'echo' };
    const kept = await Promise.all(Array.from({ length: 20 }, () => client.submitTask(body)));
    await deployment.postgres?.kill();

    const refused = await post(server.url, body);
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await refused.json()).toMatchObject({ code: 'unavailable' });
    await eventually('readiness fails', async () => (await fetch(`${server.url}/readyz`)).status === 503);
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);

    await deployment.postgres?.start();
    await eventually('it is ready again', async () => (await fetch(`${server.url}/readyz`)).status === 200);
    const after = await client.submitTask(body);
    await checkRecord(client, [...kept.map(({ id }) => id), after.id]);
  }, 120_000);

  it('never calls a submit failed whose commit was cut: each has one task in the end', async () => {
    const database = await freshDatabase();
    const proxy = await startProxy(Number(new URL(database.url).port));
    const through = new URL(database.url);
    through.port = String(proxy.port);
    deployment = await aDeployment('remote-enabled', { databaseUrl: through.href });
    const server = await deployment.start();
    const keys = Array.from({ length: 200 }, (_, index) => `key-${index}`);
    const cutting = cutFor(CUTTING_MS, () => proxy.cut());
    const answers = await Promise.all(
      keys.map(
        async (key) => (await post(server.url, { description: key, input: '', agentId: 'echo' }, key)).status,
      ),
    );
    await cutting;
    expect(answers).toEqual(answers.map(() => 201));

    const client = await deployment.client(server.port);
    const tasks = await Promise.all(
      keys.map((key) =>
        client.submitTask({ description: key, input: '', agentId: 'echo', idempotencyKey: key }),
      ),
    );
    expect(new Set(tasks.map(({ id }: TaskState) => id)).size).toBe(keys.length);
    await checkRecord(
      client,
      tasks.map(({ id }) => id),
    );
    const { tasks: listed } = await client.listTasks({ limit: 200 });
    expect(listed).toHaveLength(keys.length);
    await proxy.close();
  }, 120_000);
});

async function cutFor(totalMs: number, cut: () => void): Promise<void> {
  for (const until = Date.now() + totalMs; Date.now() < until; await pause(EACH_MS)) cut();
}
