/** Half and ninety-nine hundredths of the values are no larger than these. */
export type Percentiles = Readonly<{ p50: number; p99: number }>;

export const percentiles = (values: readonly number[]): Percentiles => {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) =>
    round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN);
  return { p50: at(0.5), p99: at(0.99) };
};

export const median = (values: readonly number[]): number => percentiles(values).p50;

export const round = (value: number): number => Math.round(value * 100) / 100;
