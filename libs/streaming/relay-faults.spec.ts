import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { jetstream } from '@nats-io/jetstream';
import { ORIGIN } from '#contract';
import { MemoryEventStore } from '#test/memory-event-store';
import { natsUrl, startNats } from '#test/servers';
import { toMessage } from './cloud-event.js';
import { JetStreamPublicStream } from './jetstream.public-stream.js';
import { publicationsOf } from './publications.js';
import { RelayInTest } from './relay-in-test.contract.js';
import { submitted } from './samples.contract.js';

describe('the relay, among others and in trouble', () => {
  let mesh: RelayInTest;

  beforeEach(async () => {
    mesh = await RelayInTest.on(natsUrl());
  });
  afterEach(() => mesh.close());

  it('is refused by the stream where another relay is ahead of what it knows, and nothing is there twice', async () => {
    await mesh.log.add('t1', submitted);
    const relay = mesh.relayOf({ checkMs: 60_000, yieldMs: 500 }); // it will not look by itself
    await mesh.start(relay);
    expect(await mesh.publishedInTheEnd()).toEqual(mesh.logged());
    const ahead = new MemoryEventStore();
    ahead.commits.push(...mesh.log.commits);
    await ahead.add('t2', submitted);
    await mesh.start(mesh.relayOf({ checkMs: 60_000 }, ahead));
    expect(await mesh.publishedInTheEnd(ahead)).toEqual(mesh.logged(ahead));
    mesh.log.commits.push(...ahead.commits.slice(1));
    mesh.hints.give();
    await vi.waitFor(() => expect(relay.status).toBe('waiting'));
    await mesh.log.add('t3', submitted);
    await vi.waitFor(() => expect(relay.status).toBe('publishing'));
    expect(await mesh.publishedInTheEnd()).toEqual(mesh.logged());
  });

  it('has none of a window stored behind a message it did not know of, whatever the ids', async () => {
    const stream = new JetStreamPublicStream(mesh.connection, mesh.options);
    await mesh.log.add(
      't1',
      submitted,
      { type: 'PlanningStarted', data: {} },
      { type: 'TaskStarted', data: {} },
    );
    const [one, ...others] = publicationsOf(mesh.log.commits, {
      previous: ORIGIN,
      done: 0,
      commitId: null,
    }).map((p) => toMessage(p, mesh.prefix));
    if (!one) throw new Error('nothing was logged');
    await stream.look();
    await stream.publish([one], 0);
    await expect(stream.publish(others, 0)).rejects.toMatchObject({ code: 'version_conflict' });
    expect(await mesh.published()).toEqual(mesh.logged().slice(0, 1));
    expect(await stream.look()).toMatchObject({ lastSeq: 1, last: { id: mesh.logged()[0] } });
    await stream.publish(others, 1);
    expect(await mesh.published()).toEqual(mesh.logged());
  });

  it('keeps order and publishes nothing twice where two relays run against each other', async () => {
    await mesh.start(mesh.relayOf({ window: 4, pollMs: 10 }));
    await mesh.start(mesh.relayOf({ window: 4, pollMs: 10 }));
    for (let n = 0; n < 100; n += 1) {
      await mesh.log.add(`t${n}`, submitted);
      mesh.hints.give();
    }
    expect(await mesh.publishedInTheEnd()).toEqual(mesh.logged());
  });

  it('fails closed where the stream holds what the log does not, until the stream is removed', async () => {
    await mesh.log.add('t1', submitted);
    const stop = await mesh.start(mesh.relayOf());
    expect(await mesh.publishedInTheEnd()).toEqual(mesh.logged());
    await stop();
    const restored = new MemoryEventStore();
    await restored.add('another', submitted);
    const relay = mesh.relayOf({}, restored);
    await mesh.start(relay);
    await vi.waitFor(() => expect(relay.status).toBe('diverged'));
    expect(await mesh.published()).toEqual(mesh.logged());
    await relay.republish();
    expect(await mesh.publishedInTheEnd(restored)).toEqual(mesh.logged(restored));
    await vi.waitFor(() => expect(relay.status).toBe('publishing'));
  });

  it('passes over what others put into its subjects', async () => {
    await mesh.log.add('t1', submitted);
    await mesh.start(mesh.relayOf());
    expect(await mesh.publishedInTheEnd()).toEqual(mesh.logged());
    await jetstream(mesh.connection).publish(`${mesh.prefix}.foreign`, 'what is this?');
    await mesh.log.add(
      't2',
      submitted,
      { type: 'PlanningStarted', data: {} },
      { type: 'TaskStarted', data: {} },
    );
    mesh.hints.give();
    await vi.waitFor(
      async () => expect((await mesh.published()).filter((id) => id !== '')).toEqual(mesh.logged()),
      10_000,
    );
  });

  it.each([false, true])(
    'waits for a broker that was killed, and goes on (everything it had lost: %s)',
    async (wiped) => {
      const broker = await startNats();
      await mesh.close();
      mesh = await RelayInTest.on(broker.url);
      mesh.ends.unshift(() => broker.stop());
      for (let n = 0; n < 10; n += 1) await mesh.log.add(`t${n}`, submitted);
      const relay = mesh.relayOf();
      await mesh.start(relay);
      expect(await mesh.publishedInTheEnd()).toEqual(mesh.logged());
      await broker.kill();
      await mesh.log.add('late', submitted);
      mesh.hints.give();
      await vi.waitFor(() => expect(relay.status).toBe('waiting'));
      if (wiped) await broker.wipeStore();
      await broker.start();
      await vi.waitFor(() => expect(relay.status).toBe('publishing'), 10_000);
      expect(await mesh.publishedInTheEnd()).toEqual(mesh.logged());
    },
  );

  it('waits for a database that is away', async () => {
    const relay = mesh.relayOf({ pollMs: 10 });
    mesh.log.away = true;
    await mesh.start(relay);
    await vi.waitFor(() => expect(relay.status).toBe('waiting'));
    mesh.log.away = false;
    await mesh.log.add('t1', submitted);
    expect(await mesh.publishedInTheEnd()).toEqual(mesh.logged());
  });
});
