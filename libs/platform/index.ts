export type { ConfigFile } from './config-schema.js';
export type { Config } from './config.js';
export { loadConfig } from './load-config.js';
export type { ConfigInput } from './load-config.js';
export { PinoLogger } from './pino.logger.js';
export { natsCredentials } from './nats-credentials.js';
export { probe } from './probe.js';
export type { Probe } from './probe.js';
export { probes } from './probes.js';
