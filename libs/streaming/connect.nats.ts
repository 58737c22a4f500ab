import { setTimeout as wait } from 'node:timers/promises';
import { connect, errors } from '@nats-io/transport-node';
import type { NatsConnection, NodeConnectionOptions } from '@nats-io/transport-node';
import type { Logger } from '#contract';
import { assertServerVersion } from './server-version.js';

export type ConnectNatsOptions = Readonly<{
  /** What the broker's operator sees. */
  name?: string;
  /** Prefix of reply subjects; a worker's credentials allow only its own. @default '_INBOX' */
  inboxPrefix?: string;
  /** Pause between attempts. @default 250 */
  reconnectWaitMs?: number;
  /** Gives up waiting for a first connection. */
  signal?: AbortSignal;
  logger?: Logger;
  /** Credentials. */
  auth?: Pick<NodeConnectionOptions, 'authenticator' | 'token' | 'user' | 'pass' | 'tls'>;
}>;

const DEFAULT_RECONNECT_WAIT_MS = 250;

/**
 * Connects, as long as it takes, and reconnects for ever. `url` may name several servers, separated by commas.
 * A process that starts without its broker hands the promise to `NatsBus` and does not wait for it.
 *
 * @throws {MeshError} `unsupported` for a server that is too old
 * @throws refused credentials at the first connection, or the signal's reason
 */
export async function connectNats(url: string, options: ConnectNatsOptions = {}): Promise<NatsConnection> {
  const connection = await firstConnection(url, options);
  try {
    checkServerVersion(connection);
  } catch (error) {
    await connection.close();
    throw error;
  }
  return connection;
}

/** @throws {MeshError} `unsupported`, saying how to get a newer one */
function checkServerVersion(connection: NatsConnection): void {
  assertServerVersion(connection.info?.version ?? '');
}

async function firstConnection(url: string, options: ConnectNatsOptions): Promise<NatsConnection> {
  const { signal, logger, reconnectWaitMs = DEFAULT_RECONNECT_WAIT_MS } = options;
  for (let attempt = 1; ; attempt += 1) {
    signal?.throwIfAborted();
    try {
      return await connect(natsOptions(url, options));
    } catch (error) {
      if (error instanceof errors.AuthorizationError) throw error;
      if (attempt === 1)
        logger?.warn('the broker is away, trying again until it answers', { error: String(error) });
    }
    await wait(reconnectWaitMs, undefined, signal ? { signal } : {});
  }
}

const natsOptions = (url: string, options: ConnectNatsOptions): NodeConnectionOptions => ({
  ...options.auth,
  servers: url.split(',').map((server) => server.trim()),
  name: options.name ?? 'coderclaw',
  inboxPrefix: options.inboxPrefix ?? '_INBOX',
  reconnectTimeWait: options.reconnectWaitMs ?? DEFAULT_RECONNECT_WAIT_MS,
  reconnectJitter: 100,
  maxReconnectAttempts: -1,
  ignoreAuthErrorAbort: true, // credentials that are renewed by rotation may be refused for a while
  pingInterval: 5_000, // a half-open connection is noticed within 15 s, long before a lease ends
  maxPingOut: 2,
  timeout: 5_000,
  noAsyncTraces: true, // one stack trace a request; our errors name the subject
});
