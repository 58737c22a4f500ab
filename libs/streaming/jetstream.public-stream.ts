import { JetStreamApiCodes, JetStreamApiError, jetstream, jetstreamManager } from '@nats-io/jetstream';
import type { JetStreamManager, StreamInfo } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { MeshError, isMeshError } from '#errors';
import type { EventMessage } from './cloud-event.js';
import { eventsStreamConfig, streamNameOf } from './events-stream.js';
import type { EventsStreamOptions } from './events-stream.js';
import { NatsLink } from './link.nats.js';
import { PlainHeaders } from './plain-headers.nats.js';
import { PublicStream } from './public-stream.js';
import type { StreamEnd } from './public-stream.js';
import { fromMessage } from './received.js';
import type { Received } from './received.js';

const WRONG_LAST_SEQUENCE = new Set([10_070, 10_071, 10_164]);
const ACK_TIMEOUT_MS = 5_000;
const LOOK_TIMEOUT_MS = 2_000;
/** How far back to look for a message of ours, past what others may have put into our subjects. */
const MAX_LOOK_BACK = 64;

export class JetStreamPublicStream extends PublicStream {
  private readonly link: NatsLink;

  constructor(
    connection: NatsConnection | Promise<NatsConnection>,
    private readonly options: EventsStreamOptions = {},
  ) {
    super();
    this.link = new NatsLink(connection);
  }

  override get name(): string {
    return streamNameOf(this.options);
  }

  override async look(): Promise<StreamEnd> {
    return this.reach(async (connection) => {
      const manager = await jetstreamManager(connection, { checkAPI: false, timeout: LOOK_TIMEOUT_MS });
      const { created, state } = await this.ensure(manager);
      const last =
        state.messages === 0 ? null : await this.lastOfOurs(manager, state.last_seq, state.first_seq);
      return { created, lastSeq: state.last_seq, last };
    });
  }

  override async publish(
    messages: readonly EventMessage[],
    afterSeq: number,
    emptied = false,
  ): Promise<void> {
    await this.reach(async (connection) => {
      const chain = this.chained(messages, afterSeq, emptied);
      const last = chain.at(-1);
      if (!last) return;
      for (const { subject, body, headers } of chain.slice(0, -1))
        connection.publish(subject, body, { headers });
      const answer = await jetstream(connection).publish(last.subject, last.body, {
        headers: last.headers,
        timeout: ACK_TIMEOUT_MS,
      });
      if (answer.duplicate || answer.seq !== afterSeq + messages.length) throw conflict(afterSeq);
    }, afterSeq);
  }

  override onReconnect(listener: () => void): () => void {
    return this.link.onChange((connected) => {
      if (connected) listener();
    });
  }

  override async remove(): Promise<void> {
    await this.reach(async (connection) => {
      const manager = await jetstreamManager(connection, { checkAPI: false });
      await manager.streams.delete(this.name);
    });
  }

  /** What is in the stream now, from its first message on; ends with the last. For checks, not for following. */
  async *messages(): AsyncGenerator<Received, void, undefined> {
    const { lastSeq } = await this.look();
    const consumer = await this.reach((connection) => jetstream(connection).consumers.get(this.name));
    const { num_pending: pending } = await consumer.info();
    if (lastSeq === 0 || pending === 0) return;
    for await (const message of await consumer.consume()) {
      const ours = fromMessage(message.string());
      if (ours) yield ours;
      if (message.info.pending === 0) return;
    }
  }

  private async ensure(manager: JetStreamManager): Promise<StreamInfo> {
    try {
      return await manager.streams.info(this.name);
    } catch (error) {
      if (!(error instanceof JetStreamApiError) || error.code !== JetStreamApiCodes.StreamNotFound)
        throw error;
      return manager.streams.add(eventsStreamConfig(this.options));
    }
  }

  /** Asked of the stream's leader: a direct get may be answered by a replica that is behind. */
  private async lastOfOurs(manager: JetStreamManager, lastSeq: number, firstSeq: number): Promise<Received> {
    for (let seq = lastSeq; seq >= Math.max(firstSeq, lastSeq - MAX_LOOK_BACK); seq -= 1) {
      const message = await manager.streams.getMessage(this.name, { seq });
      const ours = message ? fromMessage(message.string()) : null;
      if (ours) return ours;
    }
    throw new MeshError(
      'internal',
      `the last ${MAX_LOOK_BACK} messages of ${this.name} are not ours: who else publishes there?`,
    );
  }

  /**
   * Each message expects its predecessor, by number and by id. By number alone, one message of somebody else would take
   * the place of one of ours, whose successor would then be accepted: a hole that nobody sees.
   */
  private chained(messages: readonly EventMessage[], afterSeq: number, emptied: boolean) {
    const suffix = emptied ? `~${afterSeq}` : '';
    const { name: stream } = this;
    let previous: string | null = null;
    return messages.map(({ subject, headers, body }, i) => {
      const id = `${headers['ce-id']}${suffix}`;
      const place = {
        'Nats-Msg-Id': id,
        'Nats-Expected-Stream': stream,
        'Nats-Expected-Last-Sequence': String(afterSeq + i),
      };
      const guard = previous === null ? place : { ...place, 'Nats-Expected-Last-Msg-Id': previous };
      previous = id;
      return { subject, body, headers: new PlainHeaders(headers, guard) };
    });
  }

  private async reach<T>(use: (connection: NatsConnection) => Promise<T>, afterSeq = 0): Promise<T> {
    const { current, connected } = this.link;
    if (!current || !connected) throw new MeshError('unavailable', 'the broker is away');
    try {
      return await this.link.whileConnected(use(current));
    } catch (error) {
      if (isMeshError(error)) throw error;
      if (error instanceof JetStreamApiError && WRONG_LAST_SEQUENCE.has(error.code))
        throw conflict(afterSeq, error);
      throw new MeshError(
        'unavailable',
        `the stream ${this.name} does not answer: ${String(error)}`,
        {},
        { cause: error },
      );
    }
  }
}

const conflict = (afterSeq: number, cause?: unknown) =>
  new MeshError('version_conflict', `message ${afterSeq} is not the last of the stream`, {}, { cause });
