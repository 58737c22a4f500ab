import { GuardedQuery, GuardedQueryHandler, aTask } from '#access';
import type { IQueryHandler } from '#access';
import { ArtifactStore } from '#artifacts';
import { ARTIFACT_PIECE_BYTES } from '#contract';
import type { ArtifactAnswer, ArtifactAsked } from '#contract';
import { MeshError } from '#errors';
import { EventStore } from '#event-store';
import { heldTask } from './held-task.js';

/** A worker asks for a piece of the archive that the task it holds is to work on; for no other artifact. */
export class ReadArtifactPiece extends GuardedQuery<ArtifactAnswer> {
  constructor(readonly asked: ArtifactAsked) {
    super();
  }
}

@GuardedQueryHandler(ReadArtifactPiece, ({ asked }) => ({
  internal: 'worker',
  resource: aTask(asked.taskId),
  action: 'artifact.read',
}))
export class ReadArtifactPieceHandler implements IQueryHandler<ReadArtifactPiece> {
  constructor(
    private readonly store: EventStore,
    private readonly artifacts: ArtifactStore,
  ) {}

  /** @throws {MeshError} `fenced` if the task is not, or no longer, this worker's; `not_found` */
  async execute({ asked }: ReadArtifactPiece): Promise<ArtifactAnswer> {
    const { tenant, task } = await heldTask(this.store, asked);
    const { digest, offset } = asked;
    const isItsOwn = task.workspace?.archive === digest;
    const read = isItsOwn ? await this.artifacts.read(tenant, digest, offset, ARTIFACT_PIECE_BYTES) : null;
    if (!read) throw new MeshError('not_found', `there is no archive ${digest} for this task`);
    return { bytes: read.bytes, piece: Buffer.from(read.piece).toString('base64') };
  }
}
