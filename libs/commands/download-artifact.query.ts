import { GuardedQuery, GuardedQueryHandler, aTask } from '#access';
import type { IQueryHandler } from '#access';
import { ArtifactRetention, ArtifactStore } from '#artifacts';
import type { OpenedArtifact } from '#artifacts';
import { Clock } from '#contract';
import { EventStore } from '#event-store';
import { goneArtifact } from './gone-artifact.js';

/** What a task left under a name. */
export class DownloadArtifact extends GuardedQuery<OpenedArtifact> {
  constructor(
    readonly taskId: string,
    readonly name: string,
  ) {
    super();
  }
}

@GuardedQueryHandler(DownloadArtifact, ({ taskId }) => ({
  permissions: ['task:read'],
  resource: aTask(taskId),
  action: 'artifact.read',
}))
export class DownloadArtifactHandler implements IQueryHandler<DownloadArtifact> {
  constructor(
    private readonly store: EventStore,
    private readonly artifacts: ArtifactStore,
    private readonly retention: ArtifactRetention,
    private readonly clock: Clock,
  ) {}

  /** @throws {MeshError} `not_found` if the task left nothing under that name, or it was removed since */
  async execute({ taskId, name, scope }: DownloadArtifact): Promise<OpenedArtifact> {
    const stored = await this.store.load(taskId);
    const task = stored?.tenant === scope.tenant ? stored.task : null;
    const artifact = task?.artifacts?.find((left) => left.name === name);
    const opened = artifact && (await this.artifacts.open(scope.tenant, artifact.digest));
    if (opened) return opened;
    throw goneArtifact({ taskId, name, task, days: this.retention.days, now: this.clock.now() });
  }
}
