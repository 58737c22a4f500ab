import { setTimeout as pause } from 'node:timers/promises';
import { connect } from '@nats-io/transport-node';
import type { NatsConnection } from '@nats-io/transport-node';
import { afterEach, describe, expect, it } from 'vitest';
import type { HTTPTransportAdapter } from '#transports/http/client';
import { aDeployment, checkRecord, eventually } from '#test/mesh';
import type { Deployment } from '#test/mesh';

const OUTAGE_MS = 30_000;
const EACH_MS = 100;
/** Of the tasks submitted while it is down, every so manieth is watched from the start. */
const WATCHED_EACH = 10;

describe('a broker that stops for half a minute under load and comes back with nothing', () => {
  let deployment: Deployment;
  let subscriber: NatsConnection | undefined;
  afterEach(async () => {
    await subscriber?.close();
    await deployment.close();
  });

  it('loses nothing: reads and submits go on, the rest catches up by itself', async () => {
    deployment = await aDeployment('remote-enabled', { env: { CODERCLAW_LEASE_MS: '5000' } });
    const { nats } = deployment;
    const server = await deployment.start({ roles: 'api,projector' });
    await deployment.start({ roles: 'worker' });
    const client = await deployment.client(server.port);
    subscriber = await connect({
      servers: nats?.url ?? '',
      maxReconnectAttempts: -1,
      reconnectTimeWait: 100,
    });
    const published = new Map<string, Set<string>>();
    subscriber.subscribe('events.>', {
      callback: (_error, message) => {
        const { taskId, version } = message.json<{ taskId: string; version: number }>();
        const event = `${taskId} ${version}`;
        published.set(event, (published.get(event) ?? new Set()).add(message.headers?.get('ce-id') ?? ''));
      },
    });
    const submit = () =>
      client.submitTask({ description: 'through the outage', input: 'hello', agentId: 'echo' });
    const before = await Promise.all(Array.from({ length: 10 }, submit));
    await checkRecord(
      client,
      before.map(({ id }) => id),
    );

    const longRunning = await client.submitTask({
      description: 'runs through it',
      input: 'sleep 1; echo ok',
    });
    const watched = new Map([[longRunning.id, followToEnd(client, longRunning.id)]]);
    await nats?.kill();
    await nats?.wipeStore();
    const during: string[] = [];
    for (const until = Date.now() + OUTAGE_MS; Date.now() < until; await pause(EACH_MS)) {
      const task = await submit();
      expect(await client.getTaskState(task.id)).toMatchObject({ status: 'pending' });
      if (during.length % WATCHED_EACH === 0) watched.set(task.id, followToEnd(client, task.id));
      during.push(task.id);
    }
    await nats?.start();

    const all = [...before.map(({ id }) => id), longRunning.id, ...during];
    const states = await checkRecord(client, all);
    expect(new Set(states.map(({ status }) => status))).toEqual(new Set(['completed']));
    for (const [id, end] of watched) expect(await end).toBe(states.find((state) => state.id === id)?.version);
    const events = states.flatMap(({ id, version }) =>
      Array.from({ length: version }, (_, index) => `${id} ${index + 1}`),
    );
    await eventually('every event reached the subscriber', async () => published.size >= events.length);
    expect([...published.keys()].toSorted()).toEqual(events.toSorted());
    expect([...published.values()].every((ids) => ids.size === 1)).toBe(true);
    expect(new Set([...published.values()].flatMap((ids) => [...ids])).size).toBe(events.length);
  }, 120_000);
});

/** Watches a task; every version once, in order. @returns the last version */
async function followToEnd(client: HTTPTransportAdapter, taskId: string): Promise<number> {
  let last = 0;
  for await (const { version } of client.streamTaskUpdates(taskId)) {
    expect(version).toBe(last + 1);
    last = version;
  }
  return last;
}
