import type { Io } from './io.js';
import { write } from './io.js';
import { ProgressLine } from './progress-line.js';
import { table } from './table.js';
import type { Column } from './table.js';

export type OutputOptions = Readonly<{ json?: boolean | undefined; quiet?: boolean | undefined }>;

/** What a command says: its result on stdout, everything about it on stderr. */
export class Output {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly progress: ProgressLine;
  /** Whether what is said on stdout may be coloured. */
  readonly color: boolean;

  constructor(
    private readonly io: Io,
    { json = false, quiet = false }: OutputOptions,
  ) {
    this.json = json;
    this.quiet = quiet;
    const plain = Boolean(io.env['NO_COLOR']) || io.env['TERM'] === 'dumb';
    this.color = !json && io.stdout.isTTY === true && !plain;
    const live = !json && !quiet && io.stderr.isTTY === true && io.env['TERM'] !== 'dumb';
    this.progress = new ProgressLine(io.stderr, { live, color: !io.env['NO_COLOR'] });
  }

  /** The result: one line of JSON, or as people read it. */
  result<Value extends object>(value: Value, human: (value: Value) => string): Promise<void> {
    return this.stdout(`${this.json ? JSON.stringify(value) : human(value)}\n`);
  }

  /** Rows: one JSON object a line, or a table; `none` is said where there are no rows. */
  async rows<Row extends object>(
    rows: readonly Row[],
    columns: readonly Column<Row>[],
    none: string,
  ): Promise<void> {
    if (this.json) for (const row of rows) await this.stdout(`${JSON.stringify(row)}\n`);
    else if (rows.length === 0) await this.note(none);
    else await this.stdout(`${table(rows, columns, this.color)}\n`);
  }

  /** Text as it is. */
  async stdout(text: string): Promise<void> {
    this.progress.hide();
    await write(this.io.stdout, text);
  }

  async stderr(text: string): Promise<void> {
    this.progress.hide();
    await write(this.io.stderr, text);
  }

  /** Something worth knowing that is no result: neither with `--quiet` nor with `--json`. */
  async note(text: string): Promise<void> {
    if (!this.quiet && !this.json) await this.stderr(`${text}\n`);
  }

  /** What is going on now: replaces the progress line on a terminal, is a line elsewhere. */
  step(text: string): void {
    if (this.progress.live) this.progress.show(text);
    else void this.note(text);
  }
}
