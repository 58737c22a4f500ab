import { afterEach, describe, expect, it, vi } from 'vitest';
import { connect } from '@nats-io/transport-node';
import { SilentLogger } from '#contract';
import { natsUrl, startNats, startProxy, uniquePrefix } from '#test/servers';
import { busContract } from './bus.contract.js';
import type { BusEnds } from './bus.contract.js';
import { connectNats } from './connect.nats.js';
import { NatsBus } from './nats.bus.js';
import { workerLinkContract } from './worker-link.contract.js';

const open = async (): Promise<BusEnds> => {
  const url = natsUrl();
  const here = new NatsBus(await connectNats(url));
  const there = new NatsBus(await connectNats(url));
  return { here, there, close: async () => void (await Promise.all([here.close(), there.close()])) };
};

busContract('NatsBus', open);
workerLinkContract('NatsBus', open);

it('NatsBus drops what is no JSON with a warning that does not repeat it, and hears what follows', async () => {
  const logger = new SilentLogger();
  const [warned, failed] = [vi.spyOn(logger, 'warn'), vi.spyOn(logger, 'error')];
  const subject = `${uniquePrefix()}.wake`;
  const connection = await connectNats(natsUrl());
  const bus = new NatsBus(connection, logger);
  const heard: unknown[] = [];
  await bus.subscribe(subject, (payload) => void heard.push(payload));
  for (const junk of ['{ hunter2', 'hunter2', '\u0000\u0001']) connection.publish(subject, junk);
  bus.publish(subject, { a: 1 });
  await vi.waitFor(() => expect(heard).toEqual([{ a: 1 }]));
  expect(warned).toHaveBeenCalledTimes(3);
  expect(warned).toHaveBeenCalledWith(expect.stringContaining('no JSON'), { subject, bytes: 9 });
  expect(failed).not.toHaveBeenCalled();
  expect(JSON.stringify(warned.mock.calls)).not.toContain('hunter2');
  await bus.close();
});

describe('NatsBus, when the broker comes and goes', () => {
  const ends: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });

  it('starts without a broker, and serves, listens and asks once there is one', async () => {
    const broker = await startNats();
    ends.push(() => broker.stop());
    await broker.kill();
    const bus = new NatsBus(connectNats(broker.url, { reconnectWaitMs: 50 }));
    ends.push(() => bus.close());
    const changes: boolean[] = [];
    const heard: unknown[] = [];
    bus.onConnection((connected) => void changes.push(connected));
    await bus.subscribe('t.news', (payload) => void heard.push(payload));
    await bus.serve('t.ask', null, async () => 'answer');
    expect(bus.connected).toBe(false);
    expect(() => bus.publish('t.news', 'lost')).not.toThrow();
    await expect(bus.request('t.ask', {}, 10_000)).rejects.toMatchObject({ code: 'unavailable' });

    await broker.start();
    await vi.waitFor(() => expect(changes).toEqual([true]), 10_000);
    await vi.waitFor(async () => expect(await bus.request('t.ask', {}, 1_000)).toBe('answer'), 10_000);
    bus.publish('t.news', 'heard');
    await vi.waitFor(() => expect(heard).toEqual(['heard']));
  });

  it('says so when the broker is killed, and goes on with what it had when it is back', async () => {
    const broker = await startNats();
    ends.push(() => broker.stop());
    const bus = new NatsBus(await connectNats(broker.url, { reconnectWaitMs: 50 }));
    ends.push(() => bus.close());
    const changes: boolean[] = [];
    bus.onConnection((connected) => void changes.push(connected));
    await bus.serve('t.ask', null, async () => 'answer');
    await bus.serve('t.never', null, () => new Promise(() => {}));
    for (let round = 1; round <= 2; round += 1) {
      const refused = bus.request('t.never', {}, 20_000).catch((error: unknown) => error);
      await broker.kill();
      expect(await refused).toMatchObject({ code: 'unavailable' });
      await vi.waitFor(() => expect(bus.connected).toBe(false));
      expect(() => bus.publish('t.news', 'lost')).not.toThrow();
      await broker.start();
      await vi.waitFor(async () => expect(await bus.request('t.ask', {}, 1_000)).toBe('answer'), 10_000);
    }
    expect(changes).toEqual([false, true, false, true]);
  });

  it('closes though its broker never came', async () => {
    const dead = new AbortController();
    const bus = new NatsBus(connectNats('nats://127.0.0.1:9', { signal: dead.signal, reconnectWaitMs: 20 }));
    await bus.close();
    dead.abort();
    await expect(bus.subscribe('t', () => {})).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('survives a cut in the line', async () => {
    const url = new URL(natsUrl());
    const proxy = await startProxy(Number(url.port));
    ends.push(() => proxy.close());
    const subject = uniquePrefix();
    const bus = new NatsBus(await connectNats(`nats://127.0.0.1:${proxy.port}`, { reconnectWaitMs: 20 }));
    ends.push(() => bus.close());
    await bus.serve(subject, null, async (payload) => payload);
    for (let round = 0; round < 5; round += 1) {
      proxy.cut();
      await vi.waitFor(async () => expect(await bus.request(subject, round, 1_000)).toBe(round), 10_000);
    }
  });
});

describe('what is too large for the broker', () => {
  it('is refused to whoever asks, and dropped with a word in the log where nobody waits', async () => {
    const logger = Object.assign(new SilentLogger(), { error: vi.fn<(message: string) => void>() });
    const bus = new NatsBus(await connectNats(natsUrl()), logger);
    const [subject, large] = [uniquePrefix(), 'x'.repeat(2 * 1024 * 1024)];
    await bus.serve(subject, null, async () => large);
    await expect(bus.request(subject, large, 5_000)).rejects.toMatchObject({ code: 'payload_too_large' });
    await expect(bus.request(subject, 'small', 5_000)).rejects.toMatchObject({ code: 'payload_too_large' });
    bus.publish(subject, large);
    expect(logger.error).toHaveBeenCalledWith(
      'a message could not be sent',
      expect.objectContaining({ subject }),
    );
    await bus.close();
  });
});

describe('connecting', () => {
  it('gives up waiting when it is told to', async () => {
    const signal = AbortSignal.timeout(100);
    await expect(connectNats('nats://127.0.0.1:9', { signal, reconnectWaitMs: 20 })).rejects.toThrow(
      /abort|timeout/i,
    );
  });

  it('does not try refused credentials again', async () => {
    const broker = await startNats({ config: 'authorization { token: "right" }' });
    await expect(connectNats(broker.url, { auth: { token: 'wrong' } })).rejects.toThrow(/authorization/i);
    const connection = await connectNats(broker.url, { auth: { token: 'right' } });
    await connection.close();
    await broker.stop();
  });

  it('finds the broker of the tests new enough', async () => {
    const plain = await connect({ servers: natsUrl() });
    expect(plain.info?.version).toMatch(/^\d+\.\d+\.\d+/);
    await plain.close();
    const connection = await connectNats(natsUrl());
    await connection.close();
  });
});
