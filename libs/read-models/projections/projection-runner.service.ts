import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Feed, Logger, WakeUps } from '#contract';
import { MeshError } from '#errors';
import { EventStore } from '#event-store';
import { AuditTrailProjection } from '../audit-trail/audit-trail.projection.js';
import { TaskHistoryProjection } from '../task-history/task-history.projection.js';
import { TaskStateProjection } from '../task-state/task-state.projection.js';
import { Checkpoints } from './checkpoints.service.js';
import type { LogProjection } from './log.projection.js';
import { LogProjector } from './log.projector.js';
import { PROJECTIONS } from './projection.js';
import type { ProjectionName } from './projection.js';
import { ProjectionLoop } from './projection-loop.js';
import { feedSource, logSource } from './source.js';
import type { Source } from './source.js';

/** Where projections read. */
@Injectable()
export class ProjectionPorts {
  constructor(
    readonly store: EventStore,
    readonly feed: Feed,
    readonly wakeUps: WakeUps,
  ) {}
}

/** Runs the projections of this process. Any number of processes may: they take turns. */
@Injectable()
export class ProjectionRunner {
  private readonly loops: readonly Readonly<{
    start: () => void;
    wake: () => void;
    stop: () => Promise<void>;
  }>[];
  private readonly tables: ReadonlyMap<string, readonly string[]>;

  constructor(
    private readonly db: DataSource,
    private readonly checkpoints: Checkpoints,
    private readonly logger: Logger,
    ports: ProjectionPorts,
  ) {
    const { store, feed, wakeUps } = ports;
    const state = new TaskStateProjection(store);
    const history = new TaskHistoryProjection(store);
    const audit = new AuditTrailProjection(store);
    this.tables = new Map([state, history, audit].map(({ name, tables }) => [name, tables]));
    this.loops = [
      this.loop(state, feedSource(feed, store)),
      this.loop(history, feedSource(feed, store)),
      this.loop(audit, logSource(wakeUps)),
    ];
  }

  /** Begins, or begins again after a stop; what cannot begin yet is tried again, and says so in `projections status`. */
  start(): void {
    for (const loop of this.loops) loop.start();
  }

  /** Resolves when this process writes nothing any more. */
  async stop(): Promise<void> {
    await Promise.all(this.loops.map((loop) => loop.stop()));
  }

  /**
   * Empties a read model; it is folded again from the whole log, here or in the process that projects, and answers
   * `unavailable` until then.
   *
   * @throws {MeshError} `not_found` if there is no such projection
   */
  async rebuild(name: string): Promise<void> {
    await this.checkpoints.reset(...this.known(name));
    for (const loop of this.loops) loop.wake();
  }

  /** @throws {MeshError} `not_found` if there is no such projection */
  known(name: string): readonly [ProjectionName, readonly string[]] {
    const found = PROJECTIONS.find((known) => known === name);
    if (!found)
      throw new MeshError('not_found', `there is no projection "${name}"; known: ${PROJECTIONS.join(', ')}`);
    return [found, this.tables.get(found) ?? []];
  }

  private loop<Item>(projection: LogProjection<Item>, source: Source<Item>): ProjectionLoop<Item> {
    const { name } = projection;
    const projector = new LogProjector(this.db, this.checkpoints, projection);
    const driven = {
      name,
      read: () => this.checkpoints.read(name),
      catchUp: projector.catchUp.bind(projector),
      deliver: projector.deliver.bind(projector),
      beat: (error: string | null) => this.checkpoints.beat(name, error),
    };
    return new ProjectionLoop(driven, source, this.logger);
  }
}
