import type { Gate } from '#access';
import type { Clock, Logger, WakeUps, WorkerLink, WorkerRoll } from '#contract';
import type { EventStore } from '#event-store';
import type { ConcurrencyLimits } from './concurrency-limits.js';
import type { SchedulingOptions } from './options.js';

/** What a term of scheduling works with. */
export type TermParts = Readonly<{
  gate: Gate;
  store: EventStore;
  link: WorkerLink;
  roll: WorkerRoll;
  wakeUps: WakeUps;
  clock: Clock;
  options: SchedulingOptions;
  limits: ConcurrencyLimits;
  logger: Logger;
}>;
