import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { HTTPTransportAdapter } from '#transports/http/client';
import type { TaskState } from '#contract';
import { aDeployment, checkRecord, eventually } from '#test/mesh';
import type { Deployment, Started } from '#test/mesh';
import { bwrapForSpecs, skipped } from '../../libs/execution/sandbox/box-in-test.contract.js';
import { processesWith } from '../../libs/execution/sandbox/machine.contract.js';

const { bwrap, missing } = await bwrapForSpecs();

describe('a remote deployment', () => {
  let deployment: Deployment;
  let server: Started;
  let client: HTTPTransportAdapter;
  const startWorker = async (env: NodeJS.ProcessEnv) => {
    const worker = await deployment.start({
      roles: 'worker',
      env: { CODERCLAW_EXECUTION_SANDBOX: 'auto', ...env },
    });
    onTestFinished(() => worker.kill());
    return worker;
  };
  const run = async (input: string): Promise<TaskState> => {
    const { id } = await client.submitTask({ description: 'in a box', input });
    return (await checkRecord(client, [id]))[0] as TaskState;
  };

  beforeAll(async () => {
    deployment = await aDeployment('remote-enabled', { env: { CODERCLAW_LEASE_MS: '2000' } });
    server = await deployment.start({ roles: 'api,projector' });
    client = await deployment.client(server.port);
  });
  afterAll(() => deployment.close());

  it('fails what needs processes on a worker without a sandbox, and says what to do', async () => {
    await startWorker({ CODERCLAW_EXECUTION_BWRAP: '/nowhere/bwrap' });
    const { status, error } = await run('echo bare');
    expect(status).toBe('failed');
    expect(error).toContain('this worker starts no processes, as it has no working sandbox');
    expect(error).toMatch(/install bubblewrap 0\.8 or newer.*`execution\.sandbox: none`/s);
  }, 60_000);

  it.skipIf(missing !== null)(
    `runs tasks where neither broker nor database is reached, nor settings can be written${skipped(missing)}`,
    async () => {
      await startWorker({ CODERCLAW_EXECUTION_BWRAP: bwrap, CODERCLAW_WORKER_ID: 'boxed' });
      const ports = [
        deployment.nats?.port,
        new URL(deployment.env['CODERCLAW_DATABASE_URL'] ?? '').port,
        server.port,
      ];
      const settings = join(deployment.folder, '.coderClaw');
      const {
        id,
        status,
        output = '',
      } = await run(`
        id -u; pwd; env | grep -c CODERCLAW_NATS
        for port in ${ports.join(' ')}; do
          node -e 'require("net").connect('$port', "127.0.0.1").on("error", (e) => console.log(e.code)).on("connect", () => console.log("reached"))'
        done
        echo bad >> ${settings}/security.yaml
        cat ${settings}/runtime.yaml || echo unseen`);
      expect(status).toBe('completed');
      expect(output.split('\n').slice(0, 3)).toEqual([
        '65534',
        expect.stringMatching(new RegExp(`/tasks/${id}-[^/]+/workspace$`)),
        '0',
      ]);
      expect(output).toContain('ECONNREFUSED\n'.repeat(3));
      expect(output).not.toContain('reached');
      expect(output).toMatch(/unseen\n$/);
      expect(readFileSync(join(deployment.folder, '.coderClaw', 'security.yaml'), 'utf8')).not.toContain(
        'bad',
      );
    },
    60_000,
  );

  it.skipIf(missing !== null)(`says of a worker that it has a sandbox${skipped(missing)}`, async () => {
    await startWorker({ CODERCLAW_EXECUTION_BWRAP: bwrap, CODERCLAW_WORKER_ID: 'boxed' });
    const labels = await eventually('the worker is known', async () => {
      const answer = await deployment.fetch(`${server.url}/v1/workers`);
      const { workers } = (await answer.json()) as { workers: { id: string; labels: string[] }[] };
      return workers.find(({ id }) => id === 'boxed')?.labels;
    });
    expect(labels).toEqual(['sandbox-bubblewrap']);
  });

  it.skipIf(missing !== null)(
    `ends the box of a worker that is killed, and the next attempt has one of its own${skipped(missing)}`,
    async () => {
      const mark = `${600 + Math.random()}`;
      const first = await startWorker({ CODERCLAW_EXECUTION_BWRAP: bwrap, CODERCLAW_WORKER_ID: 'first' });
      const task = await client.submitTask({
        description: 'is tried again',
        input: `[ "$LANG" = again ] && echo done && exit; echo started; setsid sleep ${mark} & sleep ${mark}`,
      });
      await eventually('it runs', async () =>
        (await client.getTaskEvents(task.id)).some(({ type }) => type === 'OutputAppended'),
      );
      const again = { CODERCLAW_EXECUTION_BWRAP: bwrap, CODERCLAW_WORKER_ID: 'second', LANG: 'again' };
      await startWorker(again);
      await first.kill();
      await eventually('its box is dead', async () => processesWith(`sleep ${mark}`).length === 0, 1_000);
      const [state] = await checkRecord(client, [task.id]);
      expect(state).toMatchObject({ status: 'completed', output: 'done\n' });
      expect(state?.attempt).toBeGreaterThan(1);
    },
    60_000,
  );
});
