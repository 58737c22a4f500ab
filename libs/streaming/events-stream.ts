/** What may differ between deployments, and between tests that share a broker. */
export type EventsStreamOptions = Readonly<{
  /** @default 'EVENTS' */
  stream?: string;
  /** First token of the subjects. @default 'events' */
  prefix?: string;
  /** Copies in a cluster. @default 1 */
  replicas?: number;
  /** How long the stream keeps an event; the log keeps it for ever. @default 30 */
  maxAgeDays?: number;
}>;

const DEFAULT_STREAM = 'EVENTS';
export const DEFAULT_PREFIX = 'events';

const NANOS_PER_SECOND = 1_000_000_000;
const SECONDS_PER_DAY = 86_400;

export const streamNameOf = (options: EventsStreamOptions): string => options.stream ?? DEFAULT_STREAM;

/** The public stream, as JetStream is told of it. Times are nanoseconds. */
export const eventsStreamConfig = (options: EventsStreamOptions = {}) => ({
  name: streamNameOf(options),
  description:
    'What happened to tasks, as CloudEvents. Derived from the log: whatever is lost here is published again.',
  subjects: [`${options.prefix ?? DEFAULT_PREFIX}.>`],
  storage: 'file' as const,
  retention: 'limits' as const,
  discard: 'old' as const,
  num_replicas: options.replicas ?? 1,
  max_age: (options.maxAgeDays ?? 30) * SECONDS_PER_DAY * NANOS_PER_SECOND,
  duplicate_window: 120 * NANOS_PER_SECOND,
});
