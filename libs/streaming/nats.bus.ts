import { errors } from '@nats-io/transport-node';
import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node';
import { Bus, SilentLogger } from '#contract';
import type { Logger, Stop } from '#contract';
import { MeshError, isMeshError } from '#errors';
import { decodePayload, encodePayload, replyOf, resultOf, tell } from './bus-wire.js';
import type { Reply } from './bus-wire.js';
import { NatsLink } from './link.nats.js';

/**
 * Messages between processes, on core NATS. May be given a connection that is not there yet:
 * until it is, the broker counts as away, and what subscribes waits for it.
 */
export class NatsBus extends Bus {
  private readonly link: NatsLink;

  constructor(
    connection: NatsConnection | Promise<NatsConnection>,
    private readonly logger: Logger = new SilentLogger(),
  ) {
    super();
    this.link = new NatsLink(connection, logger);
  }

  override publish(subject: string, payload: unknown): void {
    const text = encodePayload(payload);
    if (!this.link.connected) return; // nats.js would keep it until the next attempt to connect, then drop it
    try {
      this.link.current?.publish(subject, text);
    } catch (error) {
      this.logger.error('a message could not be sent', { subject, bytes: text.length, error: String(error) });
    }
  }

  override async subscribe(
    subject: string,
    listen: (payload: unknown, subject: string) => void | Promise<void>,
  ): Promise<Stop> {
    return this.receive(subject, null, (message) => {
      const payload = this.payloadOf(message);
      if (payload) void tell(() => listen(payload.value, message.subject), message.subject, this.logger);
    });
  }

  override async serve(
    subject: string,
    queue: string | null,
    answer: (payload: unknown, subject: string) => Promise<unknown>,
  ): Promise<Stop> {
    return this.receive(subject, queue, (message) => {
      const answered = replyOf(
        async () => answer(decodePayload(message.string()), message.subject),
        subject,
        this.logger,
      );
      void answered.then((reply) => this.respond(message, reply));
    });
  }

  override async request(subject: string, payload: unknown, timeoutMs: number): Promise<unknown> {
    const { current, connected } = this.link;
    if (!current || !connected) throw new MeshError('unavailable', 'the broker is away');
    try {
      const reply = await this.link.whileConnected(
        current.request(subject, encodePayload(payload), { timeout: timeoutMs }),
      );
      return resultOf(decodePayload(reply.string()));
    } catch (error) {
      throw requestError(error, subject, timeoutMs);
    }
  }

  override onConnection(listener: (connected: boolean) => void): void {
    this.link.onChange(listener);
  }

  override get connected(): boolean {
    return this.link.connected;
  }

  /** Sends what was published, then closes the connection. */
  override async close(): Promise<void> {
    await this.link.close();
  }

  private async receive(subject: string, queue: string | null, take: (message: Msg) => void): Promise<Stop> {
    let subscription: Subscription | undefined;
    let stopped = false;
    await this.link.whenThere(async (connection) => {
      if (stopped) return;
      subscription = connection.subscribe(subject, {
        ...(queue === null ? {} : { queue }),
        callback: (error, message) => (error ? this.refused(subject, error) : take(message)),
      });
      await connection.flush(); // from here on the broker knows
    });
    return async () => {
      stopped = true;
      subscription?.unsubscribe();
    };
  }

  /** Nothing for what is no JSON: nobody of ours sent it, and what it says is not repeated. */
  private payloadOf(message: Msg): Readonly<{ value: unknown }> | undefined {
    try {
      return { value: decodePayload(message.string()) };
    } catch {
      const { subject, data } = message;
      this.logger.warn('a message that is no JSON was dropped', { subject, bytes: data.length });
      return undefined;
    }
  }

  private refused(subject: string, error: Error): void {
    this.logger.error('the broker refused a subscription', { subject, error: String(error) });
  }

  private respond(message: Msg, reply: Reply): void {
    try {
      message.respond(encodePayload(reply));
    } catch (error) {
      this.logger.error('an answer could not be sent', { subject: message.subject, error: String(error) });
      if (error instanceof errors.InvalidArgumentError) message.respond(encodePayload(TOO_LARGE));
    }
  }
}

const TOO_LARGE: Reply = {
  error: { code: 'payload_too_large', message: 'the answer is larger than the broker takes' },
};

/** What a failed request means to whoever asked. */
function requestError(error: unknown, subject: string, timeoutMs: number): MeshError {
  if (isMeshError(error)) return error;
  const options = { cause: error };
  if (error instanceof errors.TimeoutError) {
    return new MeshError('deadline_exceeded', `no answer on ${subject} within ${timeoutMs} ms`, {}, options);
  }
  if (error instanceof errors.InvalidArgumentError) {
    return new MeshError('payload_too_large', 'the request is larger than the broker takes', {}, options);
  }
  if (error instanceof errors.PermissionViolationError) {
    return new MeshError('access_denied', `the broker does not let us send to ${subject}`, {}, options);
  }
  return new MeshError('unavailable', `nobody serves ${subject}, or the broker is away`, {}, options);
}
