/** Real servers for tests: shared ones, private ones, and the faults between. */
export { type FreshDatabase, freshDatabase } from './servers/fresh-database.js';
export { type NatsOptions, type NatsServer, startNats } from './servers/nats.js';
export { type PostgresOptions, type PostgresServer, startPostgres } from './servers/postgres.js';
export { type FaultProxy, startProxy } from './servers/proxy.js';
export { natsUrl } from './servers/shared.js';
export { uniquePrefix } from './servers/unique-prefix.js';
