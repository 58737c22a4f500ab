import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { ARTIFACT_PIECE_BYTES } from '#contract';
import type { ControlPlane, Grant } from '#contract';
import { MeshError, isMeshError } from '#errors';
import type { ErrorCode } from '#errors';
import type { Artifact } from '#task';

const ASK_AGAIN_MS = 500;

/** Not heard, or not now: ask again. */
const AGAIN: ReadonlySet<ErrorCode> = new Set(['unavailable', 'deadline_exceeded', 'rate_limited']);

export type TransferOptions = Readonly<{
  controlPlane: Pick<ControlPlane, 'artifact' | 'putArtifact'>;
  workerId: string;
  grant: Pick<Grant, 'taskId' | 'epoch'>;
  /** Aborts when the attempt is no longer ours. */
  signal: AbortSignal;
}>;

/** Carries content between the control plane and the files of one attempt, piece by piece. */
export class Transfer {
  constructor(private readonly options: TransferOptions) {}

  /**
   * Writes what the task is to work on into a new file.
   *
   * @throws {MeshError} `fenced`, `not_found`; `invalid_request` if what came is of another digest
   */
  async fetch(digest: string, path: string): Promise<void> {
    const { controlPlane } = this.options;
    const hash = createHash('sha256');
    const file = await open(path, 'wx', 0o600);
    try {
      for (let offset = 0, bytes = Infinity; offset < bytes;) {
        const answer = await this.ask((held) => controlPlane.artifact({ ...held, digest, offset }));
        const piece = Buffer.from(answer.piece, 'base64');
        ({ bytes } = answer);
        if (piece.length === 0 && offset < bytes) throw cutShort(digest, offset, bytes);
        await file.writeFile(piece);
        hash.update(piece);
        offset += piece.length;
      }
    } finally {
      await file.close();
    }
    const found = `sha256:${hash.digest('hex')}`;
    if (found !== digest) throw new MeshError('invalid_request', `the archive ${digest} came as ${found}`);
  }

  /** Puts a file that is open, and that nobody changes. @throws {MeshError} `fenced`, or why it is not taken */
  async put(name: string, file: FileHandle): Promise<Artifact> {
    const { digest, bytes } = await digestOf(file);
    const buffer = Buffer.alloc(Math.min(bytes, ARTIFACT_PIECE_BYTES));
    for (let offset = 0, stored = false; !stored;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, offset);
      const piece = buffer.toString('base64', 0, bytesRead);
      const sent = { digest, bytes, offset, piece };
      const answer = await this.ask((held) => this.options.controlPlane.putArtifact({ ...held, ...sent }));
      ({ next: offset, stored } = answer);
    }
    return { name, digest, bytes };
  }

  private async ask<Answer>(
    question: (held: { workerId: string; taskId: string; epoch: number }) => Promise<Answer>,
  ): Promise<Answer> {
    const { workerId, grant, signal } = this.options;
    const { taskId, epoch } = grant;
    for (;;) {
      signal.throwIfAborted();
      try {
        return await question({ workerId, taskId, epoch });
      } catch (error) {
        if (!isMeshError(error) || !AGAIN.has(error.code)) throw error;
        await pause(ASK_AGAIN_MS, undefined, { signal }).catch(() => {});
      }
    }
  }
}

async function digestOf(file: FileHandle): Promise<Readonly<{ digest: string; bytes: number }>> {
  const hash = createHash('sha256');
  const buffer = Buffer.alloc(ARTIFACT_PIECE_BYTES);
  for (let bytes = 0; ;) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, bytes);
    if (bytesRead === 0) return { digest: `sha256:${hash.digest('hex')}`, bytes };
    hash.update(buffer.subarray(0, bytesRead));
    bytes += bytesRead;
  }
}

const cutShort = (digest: string, offset: number, bytes: number) =>
  new MeshError('invalid_request', `the archive ${digest} ends at ${offset} of ${bytes} bytes`);
