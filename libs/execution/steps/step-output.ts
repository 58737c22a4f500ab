import type { WorkerFact } from '#task';
import { OutputCoalescer } from '../output/coalescer.js';
import { ResumedText } from './resumed-text.js';
import { StorableStream } from './storable.js';

/** The text that a step puts out while it is done. */
export class StepOutput {
  private readonly stream = new StorableStream();
  private readonly coalescer: OutputCoalescer;
  private readonly resumed: ResumedText;

  /** @param onRecord what an earlier attempt at this step had put out */
  constructor(emit: (fact: WorkerFact) => Promise<void>, onRecord: string) {
    this.coalescer = new OutputCoalescer(emit);
    this.resumed = new ResumedText(onRecord);
  }

  /** Resolves when more may come. */
  async write(text: string): Promise<void> {
    await this.coalescer.add('text', this.resumed.push(this.stream.push(text)));
  }

  /** Passes on what is left, without waiting: what is emitted next is committed with it or after it. */
  end(): void {
    const rest = this.resumed.push(this.stream.end()) + this.resumed.end();
    void this.coalescer.add('text', rest);
    this.coalescer.end();
  }

  /** The step was not finished: what it said so far stays. */
  abandon(): void {
    this.coalescer.end();
  }
}
