import { randomUUID } from 'node:crypto';
import type { ReadTextFileRequest, WriteTextFileRequest } from '@agentclientprotocol/sdk';
import { MeshError } from '#errors';
import { textIn, writeIn } from '../tools/workspace-file.js';

/** As much as the tool `edit-file` takes. */
const MAX_WRITTEN_CHARACTERS = 512 * 1024;

/**
 * Reads a file of the workspace for an agent, or some lines of it, by the rules of the tool `read-file`.
 *
 * @throws {MeshError} `invalid_request` | `not_found` | `payload_too_large`
 */
export async function readForAgent(
  workspace: string,
  { path, line, limit }: Pick<ReadTextFileRequest, 'path' | 'line' | 'limit'>,
): Promise<string> {
  const text = await textIn(workspace, path);
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
  await writeIn(workspace, path, content, `.${randomUUID()}.draft`);
}
