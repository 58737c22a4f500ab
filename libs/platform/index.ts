export type { ConfigFile, TokenConfig } from './config-schema.js';
export { ENVIRONMENT_NAMES, repositoryRoot } from './config-sources.js';
export { isLoopback, loadConfig } from './load-config.js';
export type { Config, ConfigInput } from './load-config.js';
export { PinoLogger } from './pino.logger.js';
export { natsCredentials } from './nats-credentials.js';
export type { Probe } from './probe.js';
export { probes } from './probes.js';
