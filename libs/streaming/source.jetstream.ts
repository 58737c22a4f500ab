import {
  AckPolicy,
  DeliverPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  jetstream,
  jetstreamManager,
} from '@nats-io/jetstream';
import type {
  ConsumerConfig,
  ConsumerInfo,
  ConsumerMessages,
  JetStreamManager,
  JsMsg,
} from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { MeshError } from '#errors';
import type { Logger } from '#contract';
import type { Received } from './cloud-event.js';
import { streamNameOf } from './events-stream.js';
import type { EventsStreamOptions } from './events-stream.js';
import type { NatsLink } from './link.nats.js';
import { rest } from './rest.js';
import { tryRead } from './try-read.nats.js';

/** A message of the stream; `ack` says that it need not come again. */
export type Arrived = Received & Readonly<{ ack: () => void }>;

export type SourceOptions = EventsStreamOptions &
  Readonly<{ durableName: string | null; maxBatch: number; signal: AbortSignal; logger: Logger }>;

const RETRY_MS = 250;
const CHECK_MS = 3_000;
const API_TIMEOUT_MS = 2_000;
const NANOS_PER_SECOND = 1_000_000_000;

/**
 * A consumer of the stream, made again whenever it, the stream or the broker is lost. It brings what is published from
 * then on, and what a durable one was still owed; what came between is for the log to tell.
 */
export class StreamSource {
  constructor(
    private readonly link: NatsLink,
    private readonly options: SourceOptions,
  ) {}

  /** Brings messages until the signal. `opened` is called whenever a consumer begins: what came before may be missing. */
  async run(arrive: (message: Arrived) => void, opened: () => void): Promise<void> {
    const { signal, logger } = this.options;
    for (let failures = 0; !signal.aborted;) {
      try {
        if (this.link.current && this.link.connected) await this.consume(this.link.current, arrive, opened);
        failures = 0;
      } catch (error) {
        if (failures === 0) logger.warn('the stream was lost, looking for it', { error: String(error) });
        failures += 1;
      }
      await rest(RETRY_MS, signal);
    }
  }

  private async consume(
    connection: NatsConnection,
    arrive: (message: Arrived) => void,
    opened: () => void,
  ): Promise<void> {
    const manager = await jetstreamManager(connection, { checkAPI: false, timeout: API_TIMEOUT_MS });
    const { name, stream_name: stream } = await this.consumerOn(manager);
    const consumer = await jetstream(connection, { timeout: API_TIMEOUT_MS }).consumers.get(stream, name);
    const messages = await consumer.consume({
      max_messages: this.options.maxBatch,
      expires: 10_000,
      idle_heartbeat: 2_000,
      abort_on_missing_resource: true,
      callback: (message) => arriveIfOurs(message, arrive),
    });
    opened();
    try {
      await this.watch(manager, messages, name);
    } finally {
      await messages.close();
      if (this.options.durableName === null) await manager.consumers.delete(stream, name).catch(() => false); // it ends by itself too
    }
  }

  /** Resolves when the feed is stopped; rejects when the consumer brings no more. */
  private async watch(manager: JetStreamManager, messages: ConsumerMessages, name: string): Promise<void> {
    const end = new AbortController();
    const stop = () => end.abort();
    this.options.signal.addEventListener('abort', stop, { once: true });
    if (this.options.signal.aborted) stop();
    let failure: unknown;
    const fail = (error: unknown) => {
      failure = error;
      stop();
    };
    void this.link.untilLost(end.signal).catch(fail);
    void messages.closed().then((error) => fail(error ?? new MeshError('unavailable', 'the consumer ended')));
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

  private async consumerOn(manager: JetStreamManager): Promise<ConsumerInfo> {
    const stream = streamNameOf(this.options);
    const { durableName } = this.options;
    if (durableName === null)
      return manager.consumers.add(stream, { ...this.config(), inactive_threshold: 30 * NANOS_PER_SECOND });
    const { ahead } = await this.stateOf(manager, durableName).catch(noConsumer);
    if (ahead) await manager.consumers.delete(stream, durableName);
    return manager.consumers.add(stream, { ...this.config(), durable_name: durableName });
  }

  private config(): Partial<ConsumerConfig> {
    return {
      ack_policy: AckPolicy.Explicit,
      deliver_policy: DeliverPolicy.New,
      ack_wait: 30 * NANOS_PER_SECOND,
      max_ack_pending: 2 * this.options.maxBatch, // bounds what waits in our memory
    };
  }
}

/** What others put into our subjects is not for our readers. */
function arriveIfOurs(message: JsMsg, arrive: (message: Arrived) => void): void {
  const received = tryRead(message.headers, message.string());
  if (received) arrive({ ...received, ack: () => message.ack() });
  else message.term();
}

function noConsumer(error: unknown): Readonly<{ ahead: boolean }> {
  if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.ConsumerNotFound)
    return { ahead: false };
  throw error;
}
