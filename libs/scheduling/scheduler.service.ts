import { Injectable } from '@nestjs/common';
import { Gate } from '#access';
import { Clock, Logger, WakeUps, WorkerLink, WorkerRoll } from '#contract';
import { EventStore } from '#event-store';
import { ConcurrencyLimits } from './concurrency-limits.js';
import { SchedulingOptions } from './options.js';
import { Term } from './term.js';

/** How the scheduler hears and is heard, and what it keeps to. */
@Injectable()
export class SchedulerWires {
  constructor(
    readonly link: WorkerLink,
    readonly roll: WorkerRoll,
    readonly wakeUps: WakeUps,
    readonly limits: ConcurrencyLimits,
    readonly logger: Logger,
  ) {}
}

/** Begins terms of scheduling, each from what the log says; one per deployment leads at a time. */
@Injectable()
export class Scheduler {
  constructor(
    private readonly gate: Gate,
    private readonly store: EventStore,
    private readonly wires: SchedulerWires,
    private readonly clock: Clock,
    private readonly options: SchedulingOptions,
  ) {}

  term(): Term {
    const { gate, store, clock, options } = this;
    const { link, roll, wakeUps, limits, logger } = this.wires;
    return new Term({ gate, store, clock, options, link, roll, wakeUps, limits, logger });
  }
}
