const MAX_WAIT_SECONDS = 3_600;

/** How long to wait by a header `Retry-After`, in seconds or as a date: an hour at most. */
export function retryAfterSeconds(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  const seconds = Number(value);
  return limited(Number.isNaN(seconds) ? (Date.parse(value) - nowMs) / 1000 : seconds);
}

/** A wait that a server asks for; nothing if it is no number. */
export const limited = (seconds: number): number | undefined =>
  Number.isNaN(seconds) ? undefined : Math.min(MAX_WAIT_SECONDS, Math.max(0, seconds));
