import type { EntityManager } from 'typeorm';
import type { Cursor } from '#contract';
import type { Gap } from './next-events.js';
import type { Placed, ProjectionName } from './projection.js';

/** What makes a projection: where it reads, and how it writes. When, and from where on, is the projector's affair. */
export abstract class LogProjection<Item> {
  abstract readonly name: ProjectionName;

  /** All that a rebuild empties. */
  abstract readonly tables: readonly string[];

  /** What comes after a place in the log, in its order. */
  abstract read(after: Cursor, limit: number): Promise<readonly Placed<Item>[]>;

  /**
   * Adds the items to the rows; those it has are dropped.
   *
   * @throws {GapsFound} before it has written anything
   */
  abstract write(tx: EntityManager, items: readonly Item[]): Promise<void>;

  /**
   * Reads from the log what was not delivered.
   *
   * @throws {MeshError} `internal` if the log does not have it either: what was delivered is not of this log
   */
  abstract fill(gaps: readonly Gap[]): Promise<readonly Item[]>;
}
