import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from '@nats-io/transport-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HTTPTransportAdapter } from '#transports/http/client';
import { subjects } from '#contract';
import type { Report } from '#contract';
import { aDeployment, checkRecord, eventually } from '#test/mesh';
import type { Deployment } from '#test/mesh';

const LEASE_MS = 2_000;

describe('a worker that dies, and tasks that are cancelled', () => {
  let deployment: Deployment;
  let client: HTTPTransportAdapter;
  const startWorker = (id: string) => deployment.start({ roles: 'worker', env: { CODERCLAW_WORKER_ID: id } });

  beforeEach(async () => {
    deployment = await aDeployment('remote-enabled', { env: { CODERCLAW_LEASE_MS: String(LEASE_MS) } });
    const server = await deployment.start({ roles: 'api,projector' });
    client = await deployment.client(server.port);
  });
  afterEach(() => deployment.close());

  it('another attempt starts within the lease time, and the old one is fenced', async () => {
    const first = await startWorker('first');
    const file = join(deployment.folder, 'attempts');
    const task = await client.submitTask({
      description: 'takes a while',
      input: `echo $$ >> ${file}; while [ "$(wc -l < ${file})" -lt 2 ]; do sleep 0.05; done; echo done`,
    });
    await eventually('the first attempt runs', async () => existsSync(file));
    const granted = (await client.getTaskEvents(task.id)).find(({ type }) => type === 'LeaseGranted');
    await startWorker('second');
    const killedAt = Date.now();
    await first.kill();
    await eventually('a second attempt runs', async () => linesOf(file).length === 2, LEASE_MS + 5_000);
    expect(Date.now() - killedAt).toBeLessThan(LEASE_MS + 5_000);

    const [state] = await checkRecord(client, [task.id]);
    expect(state).toMatchObject({ status: 'completed', attempt: 2 });
    const leases = (await client.getTaskEvents(task.id)).filter(({ type }) => type === 'LeaseGranted');
    expect(leases.map(({ data }) => data['workerId'])).toEqual(['first', 'second']);

    const late = {
      workerId: 'first',
      taskId: task.id,
      epoch: granted?.version ?? 0,
      seq: 9,
      facts: [completed],
    };
    expect(await report(late)).toEqual({ result: 'fenced' });
    expect(await client.getTaskState(task.id)).toEqual(state);
    await eventually('the first attempt left no process', async () => !isAlive(Number(linesOf(file)[0])));
  }, 60_000);

  it('a cancelled task leaves no process within a second, not even one that detached', async () => {
    await startWorker('only');
    const file = join(deployment.folder, 'pids');
    const task = await client.submitTask({
      description: 'leaves daemons behind',
      input: [
        `echo $$ >> ${file}`,
        `setsid sh -c 'echo $$ >> ${file}; sleep 300' &`,
        `nohup sh -c 'echo $$ >> ${file}; sleep 300' >/dev/null 2>&1 &`,
        `(setsid sh -c 'echo $$ >> ${file}; exec sleep 300' &) &`,
        'sleep 300',
      ].join('\n'),
    });
    await eventually('all four run', async () => linesOf(file).length === 4);
    const pids = linesOf(file).map(Number);
    expect(pids.every(isAlive)).toBe(true);
    expect(await client.cancelTask(task.id)).toBe(true);
    await eventually('none is left', async () => !pids.some(isAlive), 1_000);
    expect(await client.cancelTask(task.id)).toBe(true);
    expect((await client.getTaskEvents(task.id)).filter(({ type }) => type === 'TaskCancelled')).toHaveLength(
      1,
    );
  }, 60_000);

  const completed = { type: 'Completed', data: { output: 'too late' } } as const;

  async function report(late: Report): Promise<unknown> {
    const broker = await connect({ servers: deployment.nats?.url ?? '' });
    try {
      const reply = await broker.request(subjects.report(late.workerId), JSON.stringify(late), {
        timeout: 5_000,
      });
      return reply.json<{ result: unknown }>().result;
    } finally {
      await broker.close();
    }
  }
});

const linesOf = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []);

/** A zombie is dead: only its parent has not looked yet. */
function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z /s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
