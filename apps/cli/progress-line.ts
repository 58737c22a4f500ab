import type { Writable } from 'node:stream';
import { harmless, shortened } from './harmless.js';

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'] as const;
const FRAME_MS = 120;
/** Also for a terminal that says 0, as one does that nobody gave a size. */
const DEFAULT_COLUMNS = 80;
const CLEAR = '\r\u001B[2K';
const DIM = ['\u001B[2m', '\u001B[22m'] as const;

/** The last line of a terminal, drawn again and again; where nobody looks, nothing. */
export class ProgressLine {
  readonly live: boolean;
  private text = '';
  private frame = 0;
  private shown = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly stream: Writable & { readonly columns?: number | undefined },
    private readonly options: Readonly<{ live: boolean; color: boolean }>,
  ) {
    this.live = options.live;
  }

  /** Shows `text`, whoever wrote it, from now on. */
  show(text: string): void {
    if (!this.live) return;
    this.text = harmless(text);
    this.draw();
    this.timer ??= setInterval(() => this.draw(), FRAME_MS).unref();
  }

  /** Takes the line away, so that something else can be written. */
  hide(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    if (this.shown) this.stream.write(CLEAR);
    this.shown = false;
  }

  private draw(): void {
    const spinner = FRAMES[this.frame++ % FRAMES.length];
    const line = shortened(`${spinner} ${this.text}`, (this.stream.columns || DEFAULT_COLUMNS) - 1);
    const [on, off] = this.options.color ? DIM : ['', ''];
    this.stream.write(`${CLEAR}${on}${line}${off}`);
    this.shown = true;
  }
}
