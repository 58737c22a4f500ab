import type { NatsConnection, Status } from '@nats-io/transport-node';
import { SilentLogger } from '#contract';
import type { Logger } from '#contract';
import { MeshError } from '#errors';

/** What the statuses of a connection say about it; the rest say nothing. */
const CONNECTED: Partial<Record<Status['type'], boolean>> = {
  disconnect: false,
  staleConnection: false,
  close: false,
  reconnect: true,
};

/** A connection that may not be there yet, or be lost for a while: who it is, whether it is there, and who wants to know. */
export class NatsLink {
  /** The connection, once there has been one. */
  current: NatsConnection | null = null;
  connected = false;
  private readonly listeners = new Set<(connected: boolean) => void>();
  private readonly waiting: ((connection: NatsConnection) => Promise<void>)[] = [];
  private readonly settled: Promise<void>;
  private closed = false;

  constructor(
    connection: NatsConnection | Promise<NatsConnection>,
    private readonly logger: Logger = new SilentLogger(),
  ) {
    if (!(connection instanceof Promise)) this.follow(connection);
    this.settled = connection instanceof Promise ? this.await(connection) : Promise.resolve();
  }

  /** Calls `listener` at each loss (false) and return (true), the first connection included. */
  onChange(listener: (connected: boolean) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Runs `use` now, and waits for it, if there is a connection; otherwise as soon as there is one. */
  async whenThere(use: (connection: NatsConnection) => Promise<void>): Promise<void> {
    if (this.closed) throw new MeshError('unavailable', 'the connection is closed');
    if (!this.current) this.waiting.push(use);
    else await this.run(use, this.current);
  }

  /** As `work`; rejects when the connection is lost before that has settled. */
  whileConnected<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const lost = (connected: boolean) => {
        if (!connected) reject(new MeshError('unavailable', 'the connection to the broker was lost'));
      };
      this.listeners.add(lost);
      void work.then(resolve, reject).finally(() => this.listeners.delete(lost));
    });
  }

  async close(): Promise<void> {
    this.closed = true;
    this.waiting.length = 0;
    if (this.connected) await this.current?.drain().catch(() => this.current?.close());
    else await this.current?.close();
    if (!this.current) void this.settled.then(() => this.current?.close());
  }

  private async await(connection: Promise<NatsConnection>): Promise<void> {
    try {
      this.follow(await connection);
    } catch (error) {
      this.logger.error('there will be no connection to the broker', { error: String(error) });
    }
  }

  private follow(connection: NatsConnection): void {
    this.current = connection;
    this.connected = true;
    void this.watch(connection);
    for (const use of this.waiting.splice(0)) void this.run(use, connection);
    for (const listener of this.listeners) listener(true);
  }

  private async watch(connection: NatsConnection): Promise<void> {
    for await (const status of connection.status()) {
      if (status.type === 'error') this.logger.warn('the broker complains', { error: String(status.error) });
      this.change(CONNECTED[status.type] ?? this.connected);
    }
    this.change(false);
  }

  private change(connected: boolean): void {
    if (connected === this.connected) return;
    this.connected = connected;
    if (connected) this.logger.info('the broker is back');
    else this.logger.warn('the broker is away');
    for (const listener of this.listeners) listener(connected);
  }

  /** A connection lost on the way is no failure: nats.js subscribes again when it is back. */
  private async run(
    use: (connection: NatsConnection) => Promise<void>,
    connection: NatsConnection,
  ): Promise<void> {
    try {
      await use(connection);
    } catch (error) {
      this.logger.warn('the broker went away meanwhile', { error: String(error) });
    }
  }
}
