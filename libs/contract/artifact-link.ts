import { z } from 'zod';
import { digestSchema, nameSchema } from './schemas.js';

/** What an artifact may have: a workspace that is sent, or a file that an agent leaves. */
export const MAX_ARTIFACT_BYTES = 64 * 1024 * 1024;

/** A piece of an artifact between worker and control plane: as text it is a third longer, and a message is 1 MiB at most. */
export const ARTIFACT_PIECE_BYTES = 512 * 1024;

const offsetSchema = z.int().min(0).max(MAX_ARTIFACT_BYTES);

/** Sender, task and lease: without the lease a worker gets nothing, and puts nothing. */
const held = { workerId: nameSchema, taskId: z.uuid(), epoch: z.int() };

/** A worker asks for a piece of what the task it holds is to work on. */
export const artifactAskedSchema = z.strictObject({ ...held, digest: digestSchema, offset: offsetSchema });

export type ArtifactAsked = z.output<typeof artifactAskedSchema>;

/** `bytes`: of the whole. `piece`: what begins at the offset, in base64; empty past the end. */
export type ArtifactAnswer = Readonly<{ bytes: number; piece: string }>;

/** A worker brings a piece of what the task it holds leaves. */
export const artifactPutSchema = z.strictObject({
  ...held,
  digest: digestSchema,
  bytes: offsetSchema,
  offset: offsetSchema,
  piece: z.base64().max(Math.ceil(ARTIFACT_PIECE_BYTES / 3) * 4, 'must be 512 KiB in base64 at most'),
});

export type ArtifactPut = z.output<typeof artifactPutSchema>;

/** `next`: from where to go on, wherever the sender thinks it is. `stored`: it is all there, and of that digest. */
export type ArtifactPutAnswer = Readonly<{ next: number; stored: boolean }>;
