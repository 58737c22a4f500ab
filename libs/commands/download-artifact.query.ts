import { GuardedQuery, GuardedQueryHandler, aTask } from '#access';
import type { IQueryHandler } from '#access';
import { ArtifactStore } from '#artifacts';
import type { OpenedArtifact } from '#artifacts';
import { MeshError } from '#errors';
import { EventStore } from '#event-store';

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
  ) {}

  /** @throws {MeshError} `not_found` if the task left nothing under that name */
  async execute({ taskId, name, scope }: DownloadArtifact): Promise<OpenedArtifact> {
    const stored = await this.store.load(taskId);
    const task = stored?.tenant === scope.tenant ? stored.task : null;
    const artifact = task?.artifacts?.find((left) => left.name === name);
    const opened = artifact && (await this.artifacts.open(scope.tenant, artifact.digest));
    if (opened) return opened;
    throw new MeshError('not_found', `task ${taskId} has no artifact of that name`, {
      field: 'name',
      hint: artifact
        ? 'the task left it, but it was removed since'
        : 'GET /v1/tasks/:id lists the artifacts it has',
    });
  }
}
