import {
  AckPolicy,
  DeliverPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  jetstream,
  jetstreamManager,
} from '@nats-io/jetstream';
import type { ConsumerConfig, ConsumerMessages, JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { MeshError } from '#errors';
import type { Logger } from '#contract';
import { streamNameOf } from './events-stream.js';
import type { EventsStreamOptions } from './events-stream.js';
import type { NatsLink } from './link.nats.js';
import { fromMessage } from './received.js';
import type { Received } from './received.js';
import { rest } from './rest.js';

export type SourceOptions = EventsStreamOptions & Readonly<{ signal: AbortSignal; logger: Logger }>;

/** Who is told. `opened`: a consumer begins, what came before may be missing. */
export type Listener = Readonly<{
  arrive: (message: Received, bytes: number) => void;
  opened: () => void;
}>;

const RETRY_MS = 250;
const CHECK_MS = 3_000;
const API_TIMEOUT_MS = 2_000;
const NANOS_PER_SECOND = 1_000_000_000;
const PULL_MESSAGES = 2_000;

/** Nothing is acknowledged, and nothing outlives the process: what is not brought is read from the log. */
const CONSUMER: Partial<ConsumerConfig> = {
  ack_policy: AckPolicy.None,
  deliver_policy: DeliverPolicy.New,
  inactive_threshold: 30 * NANOS_PER_SECOND,
  mem_storage: true,
  num_replicas: 1,
};

const isMissingStream = (error: unknown): boolean =>
  error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound;

/**
 * A passing consumer of the stream, made again whenever it, the stream or the broker is lost. It brings what is
 * published from then on; what came between is for the log to tell.
 */
export class StreamSource {
  constructor(
    private readonly link: NatsLink,
    private readonly options: SourceOptions,
  ) {}

  /** Brings messages until the signal. */
  async run(listener: Listener): Promise<void> {
    const { signal } = this.options;
    let found = false;
    let failures = 0; // since it was last there
    const { arrive } = listener;
    const opened = () => {
      [found, failures] = [true, 0];
      listener.opened();
    };
    while (!signal.aborted) {
      try {
        if (this.link.current && this.link.connected)
          await this.consume(this.link.current, { arrive, opened });
      } catch (error) {
        if (failures === 0) this.tell(error, found);
        failures += 1;
      }
      await rest(RETRY_MS, signal);
    }
  }

  /** On a new broker there is no stream until the relay has made it: nothing was lost. */
  private tell(error: unknown, found: boolean): void {
    const { logger } = this.options;
    if (found || !isMissingStream(error))
      logger.warn('the stream was lost, looking for it', { error: String(error) });
    else logger.info('there is no stream yet, waiting for it');
  }

  private async consume(connection: NatsConnection, { arrive, opened }: Listener): Promise<void> {
    const manager = await jetstreamManager(connection, { checkAPI: false, timeout: API_TIMEOUT_MS });
    const { name, stream_name: stream } = await manager.consumers.add(streamNameOf(this.options), CONSUMER);
    const consumer = await jetstream(connection, { timeout: API_TIMEOUT_MS }).consumers.get(stream, name);
    const messages = await consumer.consume({
      max_messages: PULL_MESSAGES,
      expires: 10_000,
      idle_heartbeat: 2_000,
      abort_on_missing_resource: true,
      callback: (message) => {
        const received = fromMessage(message.string());
        if (received) arrive(received, message.data.length); // what others put into our subjects is not for our readers
      },
    });
    opened();
    try {
      await this.watch(manager, messages, name);
    } finally {
      await messages.close();
      await manager.consumers.delete(stream, name).catch(() => false); // it ends by itself too
    }
  }

  /** Resolves when the feed is stopped; rejects when the consumer brings no more. */
  private async watch(manager: JetStreamManager, messages: ConsumerMessages, name: string): Promise<void> {
    const end = new AbortController();
    const stop = () => end.abort();
    this.options.signal.addEventListener('abort', stop, { once: true });
    if (this.options.signal.aborted) stop();
    let failure: unknown;
    const ended = messages.closed().then((error) => {
      throw error ?? new MeshError('unavailable', 'the consumer ended');
    });
    void this.link.whileConnected(ended).catch((error: unknown) => {
      failure = error;
      stop();
    });
    try {
      await this.check(manager, name, end.signal);
      if (failure && !this.options.signal.aborted) throw failure;
    } finally {
      stop();
      this.options.signal.removeEventListener('abort', stop);
    }
  }

  /** Rejects when the stream is not the one it was, or the consumer cannot bring what is published in it. */
  private async check(manager: JetStreamManager, name: string, signal: AbortSignal): Promise<void> {
    const { created } = await this.stateOf(manager, name);
    while (!signal.aborted) {
      await rest(CHECK_MS, signal);
      if (!signal.aborted) await this.assertAlive(manager, name, created);
    }
  }

  private async assertAlive(manager: JetStreamManager, name: string, created: string): Promise<void> {
    const state = await this.stateOf(manager, name);
    if (state.created !== created || state.ahead)
      throw new MeshError('unavailable', 'the stream is not the one it was');
  }

  /** A stream that went backwards leaves consumers ahead of it, which then pass over what is published again. */
  private async stateOf(
    manager: JetStreamManager,
    name: string,
  ): Promise<Readonly<{ created: string; ahead: boolean }>> {
    const stream = streamNameOf(this.options);
    const consumer = await manager.consumers.info(stream, name);
    const { created, state } = await manager.streams.info(stream);
    return { created, ahead: consumer.delivered.stream_seq > state.last_seq };
  }
}
