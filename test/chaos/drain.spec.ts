import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HTTPTransportAdapter } from '#transports/http/client';
import { aDeployment, checkRecord, eventually } from '#test/mesh';
import type { Deployment } from '#test/mesh';

const HALF = 10;
const DRAIN_MS = 6_000;
const ENV = { CODERCLAW_WORKER_SLOTS: '20', CODERCLAW_MAX_CONCURRENT_TASKS: '40' };

describe('a worker that gets SIGTERM with twenty running tasks', () => {
  let deployment: Deployment;
  let client: HTTPTransportAdapter;

  beforeEach(async () => {
    deployment = await aDeployment('remote-enabled', { env: ENV });
    const server = await deployment.start({ roles: 'api,projector' });
    client = await deployment.client(server.port);
  }, 120_000);
  afterEach(() => deployment.close(), 60_000);

  const file = (name: string) => join(deployment.folder, name);
  const worker = (id: string) =>
    deployment.start({
      roles: 'worker',
      env: { CODERCLAW_WORKER_ID: id, CODERCLAW_WORKER_DRAIN_MS: String(DRAIN_MS) },
    });
  const submit = async (name: string, input: string) =>
    (await client.submitTask({ description: name, input, agentId: 'shell' })).id;
  const linesOf = (name: string) =>
    existsSync(file(name)) ? readFileSync(file(name), 'utf8').trim().split('\n') : [];

  /** Ends when it is told to. */
  const short = (n: number) =>
    submit(
      `short ${n}`,
      `echo $$ >> ${file(`short-${n}`)}; while [ ! -e ${file('go')} ]; do sleep 0.1; done`,
    );
  /** Does not end by itself at the first attempt; a later one looks whether the first still runs. */
  const long = (n: number) => {
    const pids = file(`long-${n}`);
    const ranBefore = `kill -0 "$(head -n 1 ${pids})" 2>/dev/null && echo twice >> ${pids}`;
    return submit(
      `long ${n}`,
      `if [ -e ${pids} ]; then ${ranBefore}; echo $$ >> ${pids}; else echo $$ >> ${pids}; sleep 300; fi`,
    );
  };

  it('ends half of them within its limit and hands the others back: none is lost, none runs twice at once', async () => {
    const first = await worker('first');
    const numbers = Array.from({ length: HALF }, (_, n) => n);
    const shorts = await Promise.all(numbers.map(short));
    const longs = await Promise.all(numbers.map(long));
    await eventually(
      'all twenty run',
      async () =>
        numbers.every((n) => linesOf(`short-${n}`).length === 1 && linesOf(`long-${n}`).length === 1),
      60_000,
    );
    first.signal('SIGTERM');
    const toldAt = Date.now();
    writeFileSync(file('go'), '');
    const second = worker('second');
    await eventually('it is gone', async () => !first.running(), 60_000);
    const tookMs = Date.now() - toldAt;
    expect(await first.stop()).toBe(0); // it has stopped: this only says how
    expect(tookMs).toBeLessThan(DRAIN_MS + 20_000); // a lease is 45 s: nothing waits for one to end
    await second;

    const ended = await checkRecord(client, [...shorts, ...longs]);
    expect(new Set(ended.map(({ status }) => status))).toEqual(new Set(['completed']));
    const attempts = new Map(ended.map(({ id, attempt }) => [id, attempt]));
    expect(shorts.map((id) => attempts.get(id))).toEqual(Array(HALF).fill(1));
    expect(longs.map((id) => attempts.get(id))).toEqual(Array(HALF).fill(2));
    for (const n of numbers) {
      expect(linesOf(`short-${n}`)).toHaveLength(1);
      expect(linesOf(`long-${n}`)).toHaveLength(2);
    }
    for (const id of longs) {
      const lost = (await client.getTaskEvents(id)).filter(({ type }) => type === 'AttemptLost');
      expect(lost.map(({ data }) => data)).toMatchObject([{ released: true, reason: 'this worker stops' }]);
    }
  }, 300_000);
});
