import { setTimeout as pause } from 'node:timers/promises';
import { connect } from '@nats-io/transport-node';
import type { NatsConnection } from '@nats-io/transport-node';
import { afterEach, describe, expect, it } from 'vitest';
import type { HTTPTransportAdapter } from '#transports/http/client';
import { aDeployment, checkRecord, eventually } from '#test/mesh';
import type { Deployment } from '#test/mesh';

const OUTAGE_MS = 30_000;
const EACH_MS = 250;

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
    const published = new Map<string, string>();
    subscriber.subscribe('events.>', {
      callback: (_error, message) => void published.set(message.headers?.get('ce-id') ?? '', message.subject),
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
    const watched = followToEnd(client, longRunning.id);
    await nats?.kill();
    await nats?.wipeStore();
    const during: string[] = [];
    for (const until = Date.now() + OUTAGE_MS; Date.now() < until; await pause(EACH_MS)) {
      const task = await submit();
      expect(await client.getTaskState(task.id)).toMatchObject({ status: 'pending' });
      during.push(task.id);
    }
    await nats?.start();

    const all = [...before.map(({ id }) => id), longRunning.id, ...during];
    const states = await checkRecord(client, all);
    expect(new Set(states.map(({ status }) => status))).toEqual(new Set(['completed']));
    expect(await watched).toEqual(states.find(({ id }) => id === longRunning.id)?.version);
    const expected = states.reduce((sum, { version }) => sum + version, 0);
    await eventually('every event reached the subscriber', async () => published.size >= expected);
    expect(published.size).toBe(expected);
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
