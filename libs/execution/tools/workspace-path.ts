import { realpath } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { MeshError, messageOf } from '#errors';

/** What is ours or git's own: policies, tokens, hooks. */
const HIDDEN: ReadonlySet<string> = new Set(['.git', '.coderClaw']);

/** Whether a folder or file of that name is kept from tools. */
export const isHidden = (name: string): boolean => HIDDEN.has(name);

/**
 * Where a path of the workspace really is, links followed. What does not exist yet is where its folder really is.
 *
 * @throws {MeshError} `invalid_request` if that is outside of the workspace, or kept from tools
 */
export async function workspacePath(workspace: string, path: string): Promise<string> {
  if (path.includes('\0')) throw refusal(path, 'is no path');
  const root = await realpath(workspace);
  const asked = isAbsolute(path) ? relative(workspace, path) : path;
  check(path, relativeIn(root, resolve(root, asked)));
  const real = await realPlace(resolve(root, asked));
  check(path, relativeIn(root, real));
  return real;
}

const relativeIn = (root: string, place: string): string => relative(root, place);

function check(path: string, inside: string): void {
  const parts = inside.split(sep);
  if (parts[0] === '..' || isAbsolute(inside)) throw refusal(path, 'is outside of the workspace');
  const hidden = parts.find((part) => isHidden(part));
  if (hidden !== undefined) throw refusal(path, `is in ${hidden}, which is kept from tools`);
}

/** Follows the links of whatever part of the path exists. */
async function realPlace(place: string): Promise<string> {
  try {
    return await realpath(place);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') throw refusal(place, messageOf(error));
    if (dirname(place) === place) return place;
    return join(await realPlace(dirname(place)), place.slice(dirname(place).length).replace(/^\/+/, ''));
  }
}

const refusal = (path: string, why: string): MeshError =>
  new MeshError('invalid_request', `path: "${path.slice(0, 200)}" ${why}`, { field: 'path' });
