import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ORIGIN } from '#contract';
import { natsUrl } from '#test/servers';
import { toMessage } from './cloud-event.js';
import { JetStreamPublicStream } from './jetstream.public-stream.js';
import { RelayInTest } from './relay-in-test.contract.js';
import { submitted } from './samples.contract.js';

describe('the relay, on a broker', () => {
  let mesh: RelayInTest;

  beforeEach(async () => {
    mesh = await RelayInTest.on(natsUrl());
  });
  afterEach(() => mesh.close());

  it('publishes every event of the log once, in order, and what is appended later when it is woken', async () => {
    for (let n = 0; n < 40; n += 1)
      await mesh.log.add(`t${n}`, submitted, { type: 'PlanningStarted', data: {} });
    await mesh.start(mesh.relayOf({ window: 16 }));
    expect(await mesh.publishedInTheEnd()).toEqual(mesh.logged());
    await mesh.log.add('late', submitted);
    mesh.hints.give();
    expect(await mesh.publishedInTheEnd()).toEqual(mesh.logged());
  });

  it('finds what is appended without a hint', async () => {
    await mesh.start(mesh.relayOf({ pollMs: 20 }));
    await mesh.log.add('t1', submitted);
    expect(await mesh.publishedInTheEnd()).toEqual(mesh.logged());
  });

  it('goes on where the stream ends, even in the middle of a commit', async () => {
    const stream = new JetStreamPublicStream(mesh.connection, mesh.options);
    const [first] = await mesh.log.add(
      't1',
      submitted,
      { type: 'PlanningStarted', data: {} },
      { type: 'TaskStarted', data: {} },
    );
    const [commit] = mesh.log.commits;
    if (!first || !commit) throw new Error('nothing was logged');
    await stream.look();
    await stream.publish(
      [
        toMessage(
          { event: first, commitId: commit.commitId, index: 0, count: 3, previous: ORIGIN },
          mesh.prefix,
        ),
      ],
      0,
    );
    await mesh.start(mesh.relayOf());
    expect(await mesh.publishedInTheEnd()).toEqual(mesh.logged());
  });

  it.each(['deleted', 'purged'])(
    'publishes everything again, with the same ids, when the stream is %s while it runs',
    async (how) => {
      for (let n = 0; n < 10; n += 1) await mesh.log.add(`t${n}`, submitted);
      const relay = mesh.relayOf();
      await mesh.start(relay);
      expect(await mesh.publishedInTheEnd()).toEqual(mesh.logged());
      const streams = await mesh.streams();
      if (how === 'deleted') await streams.delete(mesh.options.stream);
      else await relay.republish();
      expect(await mesh.publishedInTheEnd()).toEqual(mesh.logged());
      await mesh.log.add('late', submitted);
      mesh.hints.give();
      expect(await mesh.publishedInTheEnd()).toEqual(mesh.logged());
    },
  );

  it('publishes everything again, with the same ids, when the stream was deleted while it was down', async () => {
    for (let n = 0; n < 10; n += 1) await mesh.log.add(`t${n}`, submitted);
    const stop = await mesh.start(mesh.relayOf());
    expect(await mesh.publishedInTheEnd()).toEqual(mesh.logged());
    await stop();
    const streams = await mesh.streams();
    await streams.delete(mesh.options.stream);
    await mesh.start(mesh.relayOf());
    expect(await mesh.publishedInTheEnd()).toEqual(mesh.logged());
  });

  it('goes on from its mark when all that was in the stream has aged out', async () => {
    for (let n = 0; n < 10; n += 1) await mesh.log.add(`t${n}`, submitted);
    const stop = await mesh.start(mesh.relayOf());
    expect(await mesh.publishedInTheEnd()).toEqual(mesh.logged());
    await stop();
    const streams = await mesh.streams();
    await streams.purge(mesh.options.stream);
    await mesh.log.add('late', submitted);
    await mesh.start(mesh.relayOf());
    await vi.waitFor(async () => expect(await mesh.published()).toContain(mesh.logged().at(-1)), 10_000);
    expect((await mesh.published()).length).toBeLessThanOrEqual(2);
  });
});
