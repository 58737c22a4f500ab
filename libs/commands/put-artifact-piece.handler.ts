import { GuardedCommand, GuardedHandler, aTask } from '#access';
import type { ICommandHandler } from '#access';
import { ArtifactStore, ChunkedUploads } from '#artifacts';
import type { ArtifactPut, ArtifactPutAnswer } from '#contract';
import { EventStore } from '#event-store';
import { heldTask } from './held-task.js';

/** A worker brings a piece of what the task it holds leaves. */
export class PutArtifactPiece extends GuardedCommand<ArtifactPutAnswer> {
  constructor(readonly put: ArtifactPut) {
    super();
  }
}

@GuardedHandler(PutArtifactPiece, ({ put }) => ({
  internal: 'worker',
  resource: aTask(put.taskId),
  action: 'artifact.put',
}))
export class PutArtifactPieceHandler implements ICommandHandler<PutArtifactPiece> {
  private readonly uploads: ChunkedUploads;

  constructor(
    private readonly store: EventStore,
    artifacts: ArtifactStore,
  ) {
    this.uploads = new ChunkedUploads(artifacts);
  }

  /** @throws {MeshError} `fenced` if the task is not, or no longer, this worker's; what `ArtifactStore.put` throws */
  async execute({ put }: PutArtifactPiece): Promise<ArtifactPutAnswer> {
    const { tenant } = await heldTask(this.store, put);
    const { taskId, epoch, digest, bytes, offset } = put;
    const piece = Buffer.from(put.piece, 'base64');
    return this.uploads.append({ tenant, uploader: `${taskId}/${epoch}`, digest, bytes, offset, piece });
  }
}
