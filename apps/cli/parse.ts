import { InvalidArgumentError } from 'commander';

/** A parser of whole numbers in a range, for a flag. */
export const integer =
  (min: number, max: number = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    const range = max === Number.MAX_SAFE_INTEGER ? `at least ${min}` : `${min}–${max}`;
    throw new InvalidArgumentError(`It must be a whole number, ${range}.`);
  };

/** `key=value`, again and again; a value that is JSON counts as that, any other as text. */
export function keyValue(
  text: string,
  before: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  const equals = text.indexOf('=');
  if (equals < 1) throw new InvalidArgumentError('It must be key=value.');
  return Object.fromEntries([
    ...Object.entries(before),
    [text.slice(0, equals), jsonOrText(text.slice(equals + 1))],
  ]);
}

/** What is JSON as that, anything else as text. */
export function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** `tokens=50000`, `usd=2.50`, or both with a comma between them. */
export function budget(text: string): Readonly<{ maxTokens?: number; maxCostUsd?: number }> {
  const found = text.split(',').map((part) => /^(tokens|usd)=(\d+(?:\.\d+)?)$/.exec(part.trim()));
  const limits = found.flatMap((match) => (match ? [[LIMITS[match[1] as Limit], Number(match[2])]] : []));
  if (limits.length === found.length) return Object.fromEntries(limits) as ReturnType<typeof budget>;
  throw new InvalidArgumentError('It must be tokens=<n>, usd=<amount>, or both with a comma between them.');
}

const LIMITS = { tokens: 'maxTokens', usd: 'maxCostUsd' } as const;
type Limit = keyof typeof LIMITS;

/** `a,b,c`, each one of `allowed`. */
export const listOf =
  <Item extends string>(allowed: readonly Item[]) =>
  (text: string): readonly Item[] => {
    const items = text.split(',').map((item) => item.trim()) as Item[];
    if (items.length > 0 && items.every((item) => allowed.includes(item))) return items;
    throw new InvalidArgumentError(`It must be a list of ${allowed.join(', ')}, with commas between them.`);
  };

/** A moment: ISO 8601; a date alone is its first moment in UTC. */
export function moment(text: string): string {
  const time = /^\d{4}-\d\d-\d\d/.test(text) ? new Date(text) : new Date(Number.NaN);
  if (Number.isNaN(time.getTime()))
    throw new InvalidArgumentError('It must be a time such as 2026-11-22T21:47:00Z.');
  return time.toISOString();
}

/** A flag that may be given again and again, with one or more names each time, commas between them. */
export const names = (text: string, before: readonly string[] = []): readonly string[] => {
  const added = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (added.length > 0) return [...before, ...added];
  throw new InvalidArgumentError('It must be a name, or several with commas between them.');
};
