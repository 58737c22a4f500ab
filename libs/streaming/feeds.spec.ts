import { InProcessBus } from './in-process.bus.js';
import { WakeUps } from '#contract';
import { MemoryEventStore } from '#test/memory-event-store';
import { natsUrl, uniquePrefix } from '#test/servers';
import { connectNats } from './connect.nats.js';
import { feedContract } from './feed.contract.js';
import type { FedLog } from './feed.contract.js';
import { JetStreamFeed } from './jetstream.feed.js';
import { JetStreamPublicStream } from './jetstream.public-stream.js';
import { LogTailFeed } from './log-tail.feed.js';
import { MemoryRelayCheckpoint } from './relay-checkpoint.js';
import { Relay } from './relay.js';

/** A log whose commits wake whoever listens. */
const wokenLog = () => {
  const [log, bus] = [new MemoryEventStore(), new InProcessBus()];
  const wakeUps = new WakeUps(bus);
  log.onCommitted(() => wakeUps.signal('log'));
  return { log, bus, wakeUps };
};

feedContract('LogTailFeed', async (): Promise<FedLog> => {
  const { log, bus, wakeUps } = wokenLog();
  return { log, feed: new LogTailFeed(log, wakeUps, { pollMs: 60_000 }), close: () => bus.close() };
});

feedContract('LogTailFeed without a hint', async (): Promise<FedLog> => {
  const log = new MemoryEventStore();
  const bus = new InProcessBus();
  return { log, feed: new LogTailFeed(log, new WakeUps(bus), { pollMs: 20 }), close: () => bus.close() };
});

const onBroker = (pollMs: number, relayed: boolean) => async (): Promise<FedLog> => {
  const { log, bus, wakeUps } = wokenLog();
  const prefix = uniquePrefix('feed');
  const options = { stream: prefix, prefix };
  const connection = await connectNats(natsUrl());
  const stream = new JetStreamPublicStream(connection, options);
  const relay = new Relay({
    log,
    stream,
    checkpoint: new MemoryRelayCheckpoint(),
    wakeUps,
    options: { prefix },
  });
  if (relayed) await stream.look();
  const stop = relayed ? await relay.start() : async () => {};
  return {
    log,
    feed: new JetStreamFeed(connection, log, { ...options, pollMs }),
    close: async () => {
      await stop();
      await bus.close();
      await connection.close();
    },
  };
};

feedContract('JetStreamFeed', onBroker(60_000, true));
feedContract('JetStreamFeed without a stream', onBroker(20, false));
