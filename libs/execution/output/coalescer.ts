import type { OutputChannel, WorkerFact } from '#task';

type Output = Extract<WorkerFact, { type: 'Output' }>;
type Piece = { readonly channel: OutputChannel; text: string };

const FLUSH_BYTES = 8 * 1024;
const FLUSH_MS = 100;
/** A fact is not grown past this many characters. */
const MAX_FACT_CHARACTERS = 32 * 1024;
/** With this much waiting, writers wait. */
const FULL_BYTES = 64 * 1024;

/**
 * Makes few facts of much output, in the order it came. Flushes at 8 KiB or 100 ms after the first byte, but only when
 * the last flush is committed: the slower the log, the larger the facts. At 64 KiB writers wait.
 */
export class OutputCoalescer {
  private pieces: Piece[] = [];
  private bytes = 0;
  private timer: NodeJS.Timeout | null = null;
  private due = false;
  private underWay: Promise<void> | null = null;
  private failed = false;

  /** @param emit resolves when the fact is committed, rejects when the attempt is over */
  constructor(private readonly emit: (fact: Output) => Promise<void>) {}

  /** Resolves when there is room for more, or never will be: nothing is kept after `emit` has failed. */
  async add(channel: OutputChannel, text: string): Promise<void> {
    if (text === '' || this.failed) return;
    this.append(channel, text);
    if (this.isDue()) this.flush();
    while (this.bytes >= FULL_BYTES && this.underWay) await this.underWay;
  }

  /** Emits what is left, without waiting: what is emitted next comes after it. */
  end(): void {
    if (this.bytes > 0 && !this.failed) this.flush();
  }

  private append(channel: OutputChannel, text: string): void {
    const last = this.pieces.at(-1);
    if (last?.channel === channel && last.text.length + text.length <= MAX_FACT_CHARACTERS) last.text += text;
    else this.pieces.push({ channel, text });
    this.bytes += Buffer.byteLength(text);
    this.timer ??= setTimeout(() => {
      this.timer = null;
      this.due = true;
      if (this.isDue()) this.flush();
    }, FLUSH_MS);
  }

  private isDue(): boolean {
    return !this.underWay && this.bytes > 0 && (this.due || this.bytes >= FLUSH_BYTES);
  }

  private flush(): void {
    const facts = this.pieces.map((data): Output => ({ type: 'Output', data }));
    this.reset();
    this.underWay = Promise.all(facts.map((fact) => this.emit(fact))).then(
      () => this.done(),
      () => this.fail(),
    );
  }

  private done(): void {
    this.underWay = null;
    if (this.isDue()) this.flush();
  }

  private fail(): void {
    this.failed = true;
    this.underWay = null;
    this.reset();
  }

  private reset(): void {
    this.pieces = [];
    this.bytes = 0;
    this.due = false;
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
  }
}
