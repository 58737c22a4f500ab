import { setTimeout as delay } from 'node:timers/promises';
import { MAX_TASK_OUTPUT_BYTES } from '#contract';
import type { Clock } from '#contract';
import type { WorkerFact } from '#task';
import type { Pipe } from '../supervisor/protocol.js';
import { OutputCoalescer } from './coalescer.js';
import { OutputDecoder } from './decoder.js';
import { RateLimit } from './rate-limit.js';
import type { RateOptions } from './rate-limit.js';
import { Tail } from './tail.js';

export type TaskOutputOptions = Readonly<{
  emit: (fact: WorkerFact) => Promise<void>;
  /** When it aborts, the rest passes without a limit. */
  signal: AbortSignal;
  clock: Clock;
  /** While true, nothing needs to be slow for the log. @default never */
  isFiled?: (() => boolean) | undefined;
  rate?: RateOptions | undefined;
}>;

/** From a process' pipes to facts: decoded, limited, coalesced; and the end of it all kept as the task's output. */
export class TaskOutput {
  private readonly decoders = { stdout: new OutputDecoder(), stderr: new OutputDecoder() };
  private readonly tail = new Tail(MAX_TASK_OUTPUT_BYTES);
  private readonly coalescer: OutputCoalescer;
  private readonly limit: RateLimit;

  constructor(private readonly options: TaskOutputOptions) {
    this.coalescer = new OutputCoalescer(options.emit);
    this.limit = new RateLimit(options.clock, options.rate);
  }

  /** Resolves when more may come. */
  async write(pipe: Pipe, bytes: Uint8Array): Promise<void> {
    await this.add(pipe, this.decoders[pipe].decode(bytes));
    if (this.options.isFiled?.()) return;
    const waitMs = this.limit.take(bytes.length);
    if (waitMs > 0 && !this.options.signal.aborted) await this.pause(waitMs);
  }

  /** Passes on what is left. The last 256 KiB of stdout and stderr together, as they came, are the task's output. */
  async end(): Promise<string> {
    for (const pipe of ['stdout', 'stderr'] as const) await this.add(pipe, this.decoders[pipe].end());
    this.coalescer.end();
    return this.tail.text();
  }

  private add(pipe: Pipe, text: string): Promise<void> {
    this.tail.push(text);
    return this.coalescer.add(pipe, text);
  }

  private async pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.options.signal }).catch(() => {});
  }
}
