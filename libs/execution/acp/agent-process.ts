import type { AnyMessage, Stream } from '@agentclientprotocol/sdk';
import { MeshError } from '#errors';
import { Tail } from '../output/tail.js';
import type { Processes } from '../sandbox/processes.js';
import type { SandboxEnd, SandboxRun } from '../supervisor.js';
import type { Pipe } from '../supervisor/protocol.js';
import { MessageLines } from './message-lines.js';

/** More than this that an agent does not read, and it never will. */
const MAX_UNTAKEN_BYTES = 16 * 1024 * 1024;

/** More than is told of it, as values of variables are still to be taken out. */
const MAX_STDERR_BYTES = 32 * 1024;

type Request = Omit<Parameters<Processes['run']>[0], 'takesInput' | 'write'>;

/** Not left to the SDK, which logs those that it does not know and takes them after answers that came later. */
const UPDATE = 'session/update';

type Listener = Readonly<{
  /** Takes what it tells of. */
  update: (params: unknown) => void;
  /** Resolves when all it said so far was dealt with: until then no more is read. */
  settled: () => Promise<void>;
}>;

/** A program that runs, and the messages that go to it and come from it. */
export class AgentProcess {
  /** For the SDK. Errors when what comes is no message; closes when the process has ended. */
  readonly stream: Stream;
  /** How it ended; null as long as it has not. */
  end: SandboxEnd | null = null;
  /** Resolves when it has ended. */
  readonly gone: Promise<SandboxEnd>;

  private readonly lines = new MessageLines();
  private readonly errors = new Tail(MAX_STDERR_BYTES);
  private readonly decoder = new TextDecoder();
  /** Requests of ours that have no answer yet. */
  private readonly asked = new Set<unknown>();
  private controller: ReadableStreamDefaultController<AnyMessage> | null = null;
  private readonly running: Promise<SandboxRun>;

  constructor(
    processes: Processes,
    request: Request,
    private readonly listener: Listener,
  ) {
    this.stream = {
      readable: new ReadableStream<AnyMessage>({
        start: (controller) => {
          this.controller = controller;
        },
      }),
      writable: new WritableStream<AnyMessage>({ write: (message) => this.send(message) }),
    };
    const write = (pipe: Pipe, bytes: Uint8Array) => this.heard(pipe, bytes);
    this.running = processes.run({ ...request, takesInput: true, write });
    this.gone = this.running.then(({ ended }) => ended).then((end) => this.ended(end));
    this.gone.catch((error: unknown) => this.fail(error));
  }

  /** The end of what it wrote to stderr. */
  get complaints(): string {
    return this.errors.text();
  }

  /** Resolves when it is known that it runs, or that it cannot. */
  async started(): Promise<Pick<SandboxRun, 'kill' | 'renew'>> {
    return this.running;
  }

  private ended(end: SandboxEnd): SandboxEnd {
    this.end = end;
    this.controller?.close();
    this.controller = null;
    return end;
  }

  private fail(error: unknown): void {
    this.controller?.error(error);
    this.controller = null;
  }

  private async send(message: AnyMessage): Promise<void> {
    if ('method' in message && 'id' in message) this.asked.add(message.id);
    const untaken = (await this.running).send(Buffer.from(`${JSON.stringify(message)}\n`));
    if (untaken > MAX_UNTAKEN_BYTES)
      this.fail(new MeshError('invalid_request', 'it does not read what it has asked for'));
  }

  private async heard(pipe: Pipe, bytes: Uint8Array): Promise<void> {
    if (pipe === 'stderr') return this.errors.push(this.decoder.decode(bytes, { stream: true }));
    if (!this.controller) return;
    try {
      for (const message of this.lines.push(bytes)) this.hear(message);
    } catch (error) {
      this.fail(error);
    }
    await this.listener.settled();
  }

  private hear(message: AnyMessage): void {
    if (!('method' in message) && !this.asked.delete(message.id))
      throw new MeshError('invalid_request', 'it answered what it was not asked');
    if ('method' in message && message.method === UPDATE) this.listener.update(message.params);
    else this.controller?.enqueue(message);
  }
}
