import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, open, rename, rm } from 'node:fs/promises';
import type { ReadTextFileRequest, WriteTextFileRequest } from '@agentclientprotocol/sdk';
import { MeshError } from '#errors';
import { textOf } from '../tools/text-file.js';
import { workspacePath } from '../tools/workspace-path.js';
import { fileError, inFolderOf } from './pinned.js';

/** As much as the tool `edit-file` takes. */
const MAX_WRITTEN_CHARACTERS = 512 * 1024;

/** A pipe that is opened without it would keep us waiting. */
const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const MAKE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
const RIGHTS = 0o777;
const USUAL_RIGHTS = 0o644;

/**
 * Reads a file of the workspace for an agent, or some lines of it, by the rules of the tool `read-file`.
 *
 * @throws {MeshError} `invalid_request` | `not_found` | `payload_too_large`
 */
export async function readForAgent(
  workspace: string,
  { path, line, limit }: Pick<ReadTextFileRequest, 'path' | 'line' | 'limit'>,
): Promise<string> {
  const place = await workspacePath(workspace, path);
  const text = await inFolderOf({ root: workspace, place, make: false }, async (at, name) => {
    const file = await open(at(name), READ);
    try {
      return await textOf(`/proc/self/fd/${file.fd}`, path);
    } finally {
      await file.close();
    }
  }).catch((error: unknown) => Promise.reject(fileError(error, path)));
  const from = Math.max((line ?? 1) - 1, 0);
  if (from === 0 && (limit ?? null) === null) return text;
  return text
    .split('\n')
    .slice(from, limit === null || limit === undefined ? undefined : from + limit)
    .join('\n');
}

/**
 * Writes a file of the workspace for an agent, whole or not at all, by the rules of the tool `edit-file`.
 *
 * @throws {MeshError} `invalid_request` | `payload_too_large`
 */
export async function writeForAgent(
  workspace: string,
  { path, content }: Pick<WriteTextFileRequest, 'path' | 'content'>,
): Promise<void> {
  if (content.length > MAX_WRITTEN_CHARACTERS)
    throw new MeshError(
      'payload_too_large',
      `content: "${path}" would have ${content.length} characters, more than ${MAX_WRITTEN_CHARACTERS}`,
    );
  const place = await workspacePath(workspace, path);
  await inFolderOf({ root: workspace, place, make: true }, async (at, name) => {
    const before = await lstat(at(name)).catch(() => null);
    const draft = at(`.${randomUUID()}.draft`);
    const file = await open(draft, MAKE, before?.isFile() ? before.mode & RIGHTS : USUAL_RIGHTS);
    try {
      await file.writeFile(content).finally(() => file.close());
      await rename(draft, at(name));
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
  }).catch((error: unknown) => Promise.reject(fileError(error, path)));
}
