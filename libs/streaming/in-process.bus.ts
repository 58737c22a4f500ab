import { Bus, SilentLogger } from '#contract';
import type { Logger, Stop } from '#contract';
import { MeshError } from '#errors';
import { decodePayload, encodePayload, replyOf, resultOf, tell } from './bus-wire.js';
import type { Reply } from './bus-wire.js';
import { matches } from './subject-match.js';

type Listener = Readonly<{
  subject: string;
  listen: (payload: unknown, subject: string) => void | Promise<void>;
}>;
type Server = Readonly<{
  subject: string;
  queue: string | null;
  answer: (payload: unknown, subject: string) => Promise<unknown>;
}>;

/** Messages within one process. Payloads make the same way through JSON as on a wire, and arrive later, never inside the call. */
export class InProcessBus extends Bus {
  private readonly listeners = new Set<Listener>();
  private readonly servers = new Set<Server>();
  private closed = false;
  private turn = 0;

  constructor(private readonly logger: Logger = new SilentLogger()) {
    super();
  }

  override publish(subject: string, payload: unknown): void {
    const text = encodePayload(payload);
    for (const listener of this.listeners) {
      if (!matches(listener.subject, subject)) continue;
      setImmediate(() => {
        if (!this.listeners.has(listener)) return;
        void tell(() => listener.listen(decodePayload(text), subject), subject, this.logger);
      });
    }
  }

  override async subscribe(
    subject: string,
    listen: (payload: unknown, subject: string) => void | Promise<void>,
  ): Promise<Stop> {
    return this.keep(this.listeners, { subject, listen });
  }

  override async serve(
    subject: string,
    queue: string | null,
    answer: (payload: unknown, subject: string) => Promise<unknown>,
  ): Promise<Stop> {
    return this.keep(this.servers, { subject, queue, answer });
  }

  override async request(subject: string, payload: unknown, timeoutMs: number): Promise<unknown> {
    const text = encodePayload(payload);
    const chosen = this.choose(subject);
    if (this.closed || chosen.length === 0) throw new MeshError('unavailable', `nobody serves ${subject}`);
    const answers = chosen.map(async ({ answer }) => {
      await new Promise(setImmediate);
      return overTheWire(
        await replyOf(async () => answer(decodePayload(text), subject), subject, this.logger),
      );
    });
    return resultOf(await within(timeoutMs, Promise.race(answers), subject));
  }

  override onConnection(): void {
    // there is no connection to lose
  }

  override get connected(): boolean {
    return !this.closed;
  }

  override async close(): Promise<void> {
    this.closed = true;
    this.listeners.clear();
    this.servers.clear();
  }

  private keep<Entry>(entries: Set<Entry>, entry: Entry): Stop {
    if (this.closed) throw new MeshError('unavailable', 'the bus is closed');
    entries.add(entry);
    return async () => {
      entries.delete(entry);
    };
  }

  /** Every server that has no queue, and one of each queue in turn. */
  private choose(subject: string): readonly Server[] {
    const serving = [...this.servers].filter((server) => matches(server.subject, subject));
    const queues = new Set(serving.flatMap(({ queue }) => queue ?? []));
    this.turn += 1;
    const oneOfEach = [...queues].flatMap((name) => {
      const members = serving.filter(({ queue }) => queue === name);
      return members[this.turn % members.length] ?? [];
    });
    return [...serving.filter(({ queue }) => queue === null), ...oneOfEach];
  }
}

const overTheWire = (reply: Reply): unknown => decodePayload(encodePayload(reply));

async function within<T>(timeoutMs: number, answer: Promise<T>, subject: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new MeshError('deadline_exceeded', `no answer on ${subject} within ${timeoutMs} ms`));
    }, timeoutMs);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
