import type { MeshError } from '#errors';
import type { WorkerFact } from '#task';

/** As many as a report may have. */
const MAX_FACTS = 64;
/** Less than a broker's message (1 MiB) even when JSON needs six bytes for each. */
const MAX_BYTES = 160 * 1024;

type Waiting = Readonly<{
  fact: WorkerFact;
  bytes: number;
  resolve: () => void;
  reject: (error: MeshError) => void;
}>;

/** Facts that go into one report, and how to tell those who wait for them that it was committed. */
export type Batch = Readonly<{ facts: readonly WorkerFact[]; settle: () => void }>;

/** Facts on their way, oldest first. */
export class FactQueue {
  private waiting: Waiting[] = [];
  private underWay: readonly Waiting[] = [];

  /** Resolves when the batch it went with is settled. */
  add(fact: WorkerFact): Promise<void> {
    const promise = new Promise<void>((resolve, reject) => {
      this.waiting.push({ fact, bytes: bytesOf(fact), resolve, reject });
    });
    promise.catch(() => {}); // whoever does not wait need not know
    return promise;
  }

  /** The next batch; null when there is nothing to say. A fact too large for any batch goes alone. */
  take(): Batch | null {
    let bytes = 0;
    const end = this.waiting.findIndex(
      (next, i) => i >= MAX_FACTS || ((bytes += next.bytes) > MAX_BYTES && i > 0),
    );
    this.underWay = this.waiting.splice(0, end < 0 ? this.waiting.length : end);
    if (this.underWay.length === 0) return null;
    return {
      facts: this.underWay.map(({ fact }) => fact),
      settle: () => {
        for (const { resolve } of this.underWay) resolve();
        this.underWay = [];
      },
    };
  }

  /** Tells all who wait that nothing more will be said. */
  refuse(error: MeshError): void {
    for (const { reject } of [...this.underWay, ...this.waiting]) reject(error);
    this.underWay = [];
    this.waiting = [];
  }
}

type Weigh = {
  readonly [Type in WorkerFact['type']]?: (data: Extract<WorkerFact, { type: Type }>['data']) => number;
};

const WEIGH: Weigh = {
  Output: ({ text }) => Buffer.byteLength(text),
  Completed: ({ output }) => Buffer.byteLength(output),
  Failed: ({ error, output = '' }) => Buffer.byteLength(error) + Buffer.byteLength(output),
  Step: ({ result }) => JSON.stringify(result).length,
  Plan: ({ steps }) => steps.reduce((sum, step) => sum + Buffer.byteLength(step), 0),
};

const ENVELOPE_BYTES = 128;

const bytesOf = ({ type, data }: WorkerFact): number =>
  ENVELOPE_BYTES + ((WEIGH[type] as ((data: object) => number) | undefined)?.(data) ?? 0);
