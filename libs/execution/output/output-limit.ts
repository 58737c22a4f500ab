import { appendFile } from 'node:fs/promises';
import { MAX_ARTIFACT_BYTES } from '#contract';
import { messageOf } from '#errors';
import type { WorkerFact } from '#task';

export type OutputLimitOptions = Readonly<{
  emit: (fact: WorkerFact) => Promise<void>;
  /** The file for what is too much for the log: not there yet, and nobody else's. */
  path: string;
  /** As what the file is kept when the attempt is over. */
  name: string;
  /** Bytes of output that go to the log. @default 8 MiB */
  maxLoggedBytes?: number | undefined;
  /** Bytes that go to the file, after which the rest is dropped. @default 64 MiB, as much as an artifact may have */
  maxFiledBytes?: number | undefined;
}>;

const MAX_LOGGED_BYTES = 8 * 1024 * 1024;

/** What an attempt puts out, within a limit to the log and to its readers; what is more goes to a file, and is said to. */
export class OutputLimit {
  private state: 'logged' | 'filed' | 'dropped' = 'logged';
  private readonly bytes = { logged: 0, filed: 0 };
  private written: Promise<void> = Promise.resolve();
  private hasFile = false;

  constructor(private readonly options: OutputLimitOptions) {}

  /** Passes facts on in their order, but for output that is too much: that resolves when it is in the file. */
  readonly emit = (fact: WorkerFact): Promise<void> =>
    fact.type === 'Output' ? this.put(fact) : this.options.emit(fact);

  /** Whether output goes to a file now: it need not wait for the log. */
  get isFiled(): boolean {
    return this.state === 'filed';
  }

  /** Resolves when all is written. @returns the path of the file, if there is one */
  async end(): Promise<string | null> {
    await this.written;
    return this.hasFile ? this.options.path : null;
  }

  private put(fact: Extract<WorkerFact, { type: 'Output' }>): Promise<void> {
    const { text } = fact.data;
    const bytes = Buffer.byteLength(text);
    const { name, maxLoggedBytes = MAX_LOGGED_BYTES } = this.options;
    if (this.state === 'logged' && this.bytes.logged + bytes <= maxLoggedBytes) {
      this.bytes.logged += bytes;
      return this.options.emit(fact);
    }
    if (this.state === 'logged') {
      this.state = 'filed';
      this.tell(`more than ${maxLoggedBytes} bytes of output: the rest will be in the artifact "${name}"`);
    }
    return this.state === 'filed' ? this.file(text, bytes) : Promise.resolve();
  }

  private file(text: string, bytes: number): Promise<void> {
    const { name, maxFiledBytes = MAX_ARTIFACT_BYTES } = this.options;
    if (this.bytes.filed + bytes > maxFiledBytes) {
      this.drop(`"${name}" has ${this.bytes.filed} bytes, and may have ${maxFiledBytes}`);
      return Promise.resolve();
    }
    this.bytes.filed += bytes;
    this.written = this.written.then(() => this.append(text));
    return this.written;
  }

  private async append(text: string): Promise<void> {
    if (this.state === 'dropped') return;
    try {
      await appendFile(this.options.path, text, { mode: 0o600 });
      this.hasFile = true;
    } catch (error) {
      this.drop(`"${this.options.name}" cannot be written: ${messageOf(error)}`);
    }
  }

  private drop(why: string): void {
    this.state = 'dropped';
    this.tell(`output that follows is not kept, but for its end: ${why}`);
  }

  private tell(what: string): void {
    const text = `\ncoderclaw: ${what}\n`;
    this.options.emit({ type: 'Output', data: { channel: 'stderr', text } }).catch(() => {}); // over: nobody reads it
  }
}
