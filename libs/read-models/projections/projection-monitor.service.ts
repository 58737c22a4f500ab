import { Injectable } from '@nestjs/common';
import { ORIGIN, compareCursors } from '#contract';
import { MeshError } from '#errors';
import { EventStore } from '#event-store';
import { Checkpoints } from './checkpoints.service.js';
import { PROJECTIONS } from './projection.js';
import type { Checkpoint, ProjectionName, ProjectionStatus } from './projection.js';

/** A projector says every half second that it is at work. */
const SILENT_AFTER_SECONDS = 10;

/** How the read models stand, from whatever process asks. */
@Injectable()
export class ProjectionMonitor {
  constructor(
    private readonly checkpoints: Checkpoints,
    private readonly store: EventStore,
  ) {}

  status(): Promise<readonly ProjectionStatus[]> {
    return Promise.all(PROJECTIONS.map((name) => this.statusOf(name)));
  }

  /** @throws {MeshError} `unavailable` while the read model is not whole: an empty list would be a wrong answer */
  async require(name: ProjectionName): Promise<void> {
    const at = await this.checkpoints.peek(name);
    if (at?.state === 'live') return;
    const why = at ? (at.error ?? 'is being built') : 'was not built yet';
    throw new MeshError('unavailable', `the read model ${name} ${why}`, { retryAfterSeconds: 2 });
  }

  private async statusOf(name: ProjectionName): Promise<ProjectionStatus> {
    const at = await this.checkpoints.peek(name);
    const checkpoint = at?.cursor ?? ORIGIN;
    const { behind, ahead } = await this.distance(name, checkpoint);
    const error = at ? this.trouble(at, ahead) : 'no projector has begun it yet';
    return {
      name,
      state: at?.state ?? 'building',
      checkpoint,
      behind,
      healthy: error === null,
      ...(error === null ? {} : { error }),
    };
  }

  private trouble(at: Checkpoint & Readonly<{ seenSecondsAgo: number }>, ahead: boolean): string | null {
    if (at.error !== null) return at.error;
    if (ahead) return 'the checkpoint is ahead of the log';
    if (at.seenSecondsAgo > SILENT_AFTER_SECONDS)
      return `no projector has been at work for ${SILENT_AFTER_SECONDS} s`;
    return at.state === 'live' ? null : 'being built';
  }

  private async distance(name: ProjectionName, checkpoint: ProjectionStatus['checkpoint']) {
    const head = await this.store.head(checkpoint, name === 'audit_trail' ? 'audit' : 'commits');
    return { behind: head.behind, ahead: compareCursors(checkpoint, head.cursor) > 0 };
  }
}
