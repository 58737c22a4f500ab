import { painted } from './paint.js';
import type { Tone } from './paint.js';
import { harmless, shortened } from './harmless.js';

/** One column: its title, what it shows of a row, and how wide it may get. @default 80 characters */
export type Column<Row> = Readonly<{
  title: string;
  of: (row: Row) => string | number | undefined;
  width?: number;
  /** How it is coloured, where there is colour. */
  tone?: (row: Row) => Tone | undefined;
}>;

const GAP = '  ';
const WIDEST = 80;

/** Rows as lines of aligned columns below a line of titles. Whatever the cells hold, one row is one line. */
export function table<Row>(rows: readonly Row[], columns: readonly Column<Row>[], color = false): string {
  const cells = rows.map((row) =>
    columns.map(({ of, width = WIDEST }) => shortened(harmless(String(of(row) ?? '')), width)),
  );
  const lines = [columns.map(({ title }) => title), ...cells];
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => lengthOf(line[index]))));
  const tones = [undefined, ...rows].map((row) =>
    columns.map(({ tone }) => (color && row !== undefined ? tone?.(row) : undefined)),
  );
  return lines
    .map((line, at) =>
      line
        .map((cell, index) => painted(cell, tones[at]?.[index]) + padding(cell, widths[index]))
        .join(GAP)
        .trimEnd(),
    )
    .join('\n');
}

/** Names and values, one a line; what is not there is left out. */
export function facts(pairs: readonly (readonly [string, string | number | undefined])[]): string {
  const there = pairs.filter(([, value]) => value !== undefined && value !== '');
  const width = Math.max(0, ...there.map(([name]) => name.length));
  return there.map(([name, value]) => `${name.padEnd(width)}${GAP}${harmless(String(value))}`).join('\n');
}

const lengthOf = (text = ''): number => Array.from(text).length;

const padding = (text: string, width = 0): string => ' '.repeat(Math.max(0, width - lengthOf(text)));

/** A time to the second, in UTC: `2026-11-22 21:47:14Z`. */
export const when = (iso: string | undefined): string | undefined =>
  iso?.replace('T', ' ').replace(/\.\d+Z$/, 'Z');
