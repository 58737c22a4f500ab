/** Something about an item that adds up, and how much of it a window may hold. */
export type Measure<T> = Readonly<{ max: number; of: (item: T) => number }>;

/** Cuts a list into windows that keep every measure; an item that is too large by itself gets a window of its own. */
export function windowsOf<T>(
  items: readonly T[],
  measures: readonly Measure<T>[],
): readonly (readonly T[])[] {
  const windows: T[][] = [];
  let sums = measures.map(() => 0);
  for (const item of items) {
    const grown = measures.map(({ of }, i) => (sums[i] ?? 0) + of(item));
    const current = windows.at(-1);
    if (current && measures.every(({ max }, i) => (grown[i] ?? 0) <= max)) {
      current.push(item);
      sums = grown;
    } else {
      windows.push([item]);
      sums = measures.map(({ of }) => of(item));
    }
  }
  return windows;
}
