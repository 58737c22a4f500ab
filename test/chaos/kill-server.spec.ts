import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { HTTPTransportAdapter } from '#transports/http/client';
import type { TaskState } from '#contract';
import { aDeployment, checkRecord, eventually } from '#test/mesh';
import type { Deployment, Started } from '#test/mesh';

const SUBMITS = 200;
const RUNNING = 20;

const SETTINGS = {
  CODERCLAW_WORKER_SLOTS: '40',
  CODERCLAW_MAX_CONCURRENT_TASKS: '40',
  CODERCLAW_LEASE_MS: '3000',
};

describe.each(['local-only', 'remote-enabled'] as const)(
  '%s, its server killed in the middle of everything',
  (mode) => {
    let deployment: Deployment;
    afterEach(() => deployment.close());

    it('has every acknowledged task after the restart, and brings each to its end', async () => {
      deployment = await aDeployment(mode, { env: SETTINGS });
      const server = await deployment.start();
      const client = await deployment.client(server.port);
      const running = await Promise.all(
        Array.from({ length: RUNNING }, (_, index) => {
          const input = endsAtTheSecondAttempt(join(deployment.folder, `ran-${index}`));
          return client.submitTask({ description: 'runs', input, agentId: 'shell' });
        }),
      );
      await eventually('twenty tasks run', async () => (await runningOf(client)) === RUNNING);

      const acknowledged: string[] = running.map(({ id }) => id);
      const submits = Array.from({ length: SUBMITS }, async (_, index) => {
        const task = await submitOnce(deployment, server.url, `echo ${index}`);
        acknowledged.push(task.id);
        if (acknowledged.length === RUNNING + SUBMITS / 4) await server.kill();
      });
      await Promise.allSettled(submits);
      expect(server.running()).toBe(false);
      expect(acknowledged.length).toBeGreaterThanOrEqual(RUNNING + SUBMITS / 4);

      const again = await deployment.start({ port: server.port });
      const states = await checkRecord(await deployment.client(again.port), acknowledged);
      expect(new Set(states.map(({ status }) => status))).toEqual(new Set(['completed']));
      const attempts = new Map(states.map(({ id, attempt }) => [id, attempt]));
      expect(running.map(({ id }) => attempts.get(id))).toEqual(Array(RUNNING).fill(2));
      for (const state of states) expect(await foldOf(deployment, again, state.id)).toEqual(state);
    }, 120_000);
  },
);

/** Runs until it is killed, and is done at once when it is run again: wherever that is, the mark is in one folder. */
const endsAtTheSecondAttempt = (mark: string) => `[ -e ${mark} ] && exit; : > ${mark}; sleep 300`;

const runningOf = async (client: HTTPTransportAdapter): Promise<number> =>
  (await client.listTasks({ status: 'running' })).tasks.length;

/** The task as its events alone make it: no snapshot and no read model has a say in it. */
async function foldOf(deployment: Deployment, { url }: Started, taskId: string): Promise<unknown> {
  const headers = { authorization: `Bearer ${await deployment.token()}` };
  const response = await fetch(`${url}/v1/tasks/${taskId}/replay`, { headers });
  return ((await response.json()) as { state: unknown }).state;
}

/** One request, no second try: what fails is simply not acknowledged. */
async function submitOnce(deployment: Deployment, url: string, input: string): Promise<TaskState> {
  const response = await fetch(`${url}/v1/tasks`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await deployment.token()}`, 'content-type': 'application/json' },
    body: JSON.stringify({ description: 'submitted', input, agentId: 'echo' }),
  });
  if (response.status !== 201) throw new Error(`answered ${response.status}`);
  return (await response.json()) as TaskState;
}
