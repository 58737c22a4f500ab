import { BusWorkerLink, SystemClock, WakeUps } from '#contract';
import type { Bus, Feed, Logger, Stop } from '#contract';
import { MeshError } from '#errors';
import { PostgresEventStore, PostgresLeadership, eventStoreMigrations, openDatabase } from '#event-store';
import type { Database, EventStore, Leadership } from '#event-store';
import { natsCredentials } from '#platform';
import type { Config } from '#platform';
import { readModelEntities, readModelMigrations } from '#read-models';
import { AgentRegistry } from '#registry';
import {
  InProcessBus,
  JetStreamFeed,
  JetStreamPublicStream,
  LiveUpdates,
  LogTailFeed,
  NatsBus,
  PostgresRelayCheckpoint,
  Relay,
  RelayCheckpoint1763800000000,
  connectNats,
} from '#streaming';
import type { Infrastructure } from './infrastructure.js';
import { SoleLeadership } from './sole-leadership.js';

export type OpenOptions = Readonly<{
  config: Config;
  logger: Logger;
  /** Keep nothing on disk. Local-only. */
  inMemory?: boolean | undefined;
  onProgress?: ((message: string) => void) | undefined;
}>;

/** What differs by mode: how processes talk, and who reads what is committed. */
type Wiring = Readonly<{
  bus: Bus;
  leadership: (database: Database) => Leadership;
  feed: (store: EventStore, wakeUps: WakeUps) => Feed;
  relay: (store: EventStore, wakeUps: WakeUps, database: Database) => () => Promise<Stop>;
}>;

/** Opens the database and the bus, and puts the adapters on them. Closes what it opened when something fails. */
export async function openInfrastructure(options: OpenOptions): Promise<Infrastructure> {
  const { config, logger } = options;
  const database = await openDatabaseOf(options);
  try {
    const wiring = config.mode === 'local-only' ? inProcess() : onBroker(options);
    return assemble(config, logger, database, wiring);
  } catch (error) {
    await database.close();
    throw error;
  }
}

function assemble(config: Config, logger: Logger, database: Database, wiring: Wiring): Infrastructure {
  const { bus } = wiring;
  const store = new PostgresEventStore(database);
  const wakeUps = new WakeUps(bus);
  store.onCommitted(({ queueChanged }) => {
    wakeUps.signal('log');
    if (queueChanged) wakeUps.signal('queue');
  });
  const feed = wiring.feed(store, wakeUps);
  const liveUpdates = new LiveUpdates(store, feed, { logger });
  return {
    config,
    database,
    store,
    bus,
    feed,
    wakeUps,
    liveUpdates,
    logger,
    link: new BusWorkerLink(bus),
    leadership: wiring.leadership(database),
    agents: new AgentRegistry({ agents: config.agents, defaultAgent: config.defaultAgent }),
    clock: new SystemClock(),
    startRelay: wiring.relay(store, wakeUps, database),
    close: async () => {
      await bus.close();
      await database.close();
    },
  };
}

function openDatabaseOf({ config, inMemory, onProgress }: OpenOptions): Promise<Database> {
  const schema = {
    migrations: [...eventStoreMigrations, ...readModelMigrations, RelayCheckpoint1763800000000],
    entities: readModelEntities,
    maxConnections: config.database.poolSize,
    ...(onProgress ? { onProgress } : {}),
  };
  if (config.mode === 'local-only') {
    return openDatabase({ ...schema, at: { kind: 'pglite', dataDir: inMemory ? 'memory' : config.dataDir } });
  }
  const { url } = config.database;
  if (!url) throw missing('database.url', 'CODERCLAW_DATABASE_URL', 'postgres://user@host:5432/coderclaw');
  return openDatabase({ ...schema, at: { kind: 'postgres', url } });
}

const inProcess = (): Wiring => ({
  bus: new InProcessBus(),
  leadership: () => new SoleLeadership(),
  feed: (store, wakeUps) => new LogTailFeed(store, wakeUps),
  relay: () => () => Promise.resolve(() => Promise.resolve()),
});

/** The broker may be away at the start: what needs it waits, submits and reads go on. */
function onBroker({ config, logger }: OpenOptions): Wiring {
  const { bus, connection } = connectBroker(config, logger);
  const stream = { stream: config.nats.stream };
  return {
    bus,
    leadership: (database) => new PostgresLeadership(database.pool),
    feed: (store) => new JetStreamFeed(connection, store, { ...stream, logger }),
    relay:
      (log, wakeUps, { pool }) =>
      () => {
        const publicStream = new JetStreamPublicStream(connection, stream);
        const checkpoint = new PostgresRelayCheckpoint(pool);
        return new Relay({ log, stream: publicStream, checkpoint, wakeUps, logger }).start();
      },
  };
}

/** The bus of a process that needs nothing else: a worker's. */
export function connectBroker(config: Config, logger: Logger, inboxPrefix?: string) {
  if (!config.nats.url) throw missing('nats.url', 'CODERCLAW_NATS_URL', 'nats://host:4222');
  const connection = connectNats(config.nats.url, {
    name: `coderclaw ${config.worker.id}`,
    logger,
    auth: natsCredentials(config.nats),
    ...(inboxPrefix === undefined ? {} : { inboxPrefix }),
  });
  return { bus: new NatsBus(connection, logger), connection };
}

const missing = (field: string, variable: string, example: string) =>
  new MeshError('invalid_request', `${field}: is needed in this mode`, {
    field,
    hint: `set ${field} in .coderClaw/runtime.yaml or ${variable}, e.g. ${example}`,
  });
