import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HTTPTransportAdapter } from '#transports/http/client';
import type { DeadLetterPage, TaskState } from '#contract';
import { aDeployment, checkRecord, eventually } from '#test/mesh';
import type { Deployment, Started } from '#test/mesh';

/** Kills the worker: the parent of the supervisor, which is the parent of the shell. */
const KILL_WORKER = `kill -9 "$(awk '/^PPid:/ { print $2 }' "/proc/$PPID/status")"`;

describe('a task that kills its worker each time', () => {
  let deployment: Deployment;
  let server: Started;
  let client: HTTPTransportAdapter;
  const life = { over: false };
  let keeper: Promise<void>;
  let deaths: number;

  /** Starts the worker again whenever it is gone, as an operator's service manager does. */
  const keepWorker = async () => {
    while (!life.over) {
      const worker = await deployment.start({ roles: 'worker', env: { CODERCLAW_WORKER_ID: 'kept' } });
      await eventually(
        'it is gone, or no longer needed',
        async () => life.over || !worker.running(),
        600_000,
      );
      if (!life.over) deaths++;
    }
  };

  beforeEach(async () => {
    deployment = await aDeployment('remote-enabled', { env: { CODERCLAW_LEASE_MS: '3000' } });
    server = await deployment.start({ roles: 'api,projector' });
    client = await deployment.client(server.port);
    life.over = false;
    deaths = 0;
    keeper = keepWorker();
  }, 120_000);
  afterEach(async () => {
    life.over = true;
    await keeper;
    await deployment.close();
  }, 60_000);

  const ask = async (method: string, path: string): Promise<Readonly<{ status: number; body: unknown }>> => {
    const response = await deployment.fetch(`${server.url}${path}`, { method });
    return { status: response.status, body: await response.json() };
  };

  it('is given up after its last attempt and listed, while others flow; requeued, it is one new task', async () => {
    const cured = join(deployment.folder, 'cured');
    const poison = await client.submitTask({
      description: 'poison',
      input: `[ -e ${cured} ] && exit 0; ${KILL_WORKER}; sleep 60`,
      agentId: 'shell',
    });
    const others: string[] = [];
    const failed = await eventually(
      'it is given up',
      async () => {
        others.push((await client.submitTask({ description: 'other', input: 'x', agentId: 'echo' })).id);
        const state = await client.getTaskState(poison.id);
        return state?.status === 'failed' && state;
      },
      90_000,
    );
    expect(failed).toMatchObject({
      attempt: 3,
      error: expect.stringMatching(/^given up after 3 attempts; /),
    });
    await eventually('three workers died', async () => deaths === 3);
    const states = await checkRecord(client, others);
    expect(new Set(states.map(({ status }) => status))).toEqual(new Set(['completed']));

    const letters = await eventually('it is listed', async () => {
      const { deadLetters } = (await ask('GET', '/v1/dead-letters')).body as DeadLetterPage;
      return deadLetters.length > 0 && deadLetters;
    });
    expect(letters).toMatchObject([{ id: poison.id, attempts: 3, error: failed.error }]);

    writeFileSync(cured, '');
    const path = `/v1/dead-letters/${poison.id}/requeue`;
    const [first, second] = [await ask('POST', path), await ask('POST', path)];
    expect([first.status, second.status]).toEqual([201, 200]);
    const made = first.body as TaskState;
    expect(second.body).toMatchObject({ id: made.id });
    expect(made).toMatchObject({ retryOf: poison.id, description: 'poison' });
    const [again] = await checkRecord(client, [made.id]);
    expect(again).toMatchObject({ status: 'completed', attempt: 1, retryOf: poison.id });
    expect((await ask('POST', `/v1/dead-letters/${made.id}/requeue`)).status).toBe(409);
  }, 300_000);
});
