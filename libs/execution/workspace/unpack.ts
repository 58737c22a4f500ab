import type { Stats } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar';
import type { ReadEntry } from 'tar';
import { MeshError, isMeshError } from '#errors';
import { openedArchive } from './packed.js';

export type UnpackLimits = Readonly<{ maxFiles: number; maxBytes: number }>;

/** What a workspace may be when it is unpacked. */
const UNPACK_LIMITS: UnpackLimits = { maxFiles: 100_000, maxBytes: 1024 ** 3 };

/** What a workspace is made of; devices, pipes and whatever else tar knows are no part of one. */
const KINDS: ReadonlySet<string> = new Set([
  'File',
  'OldFile',
  'ContiguousFile',
  'Directory',
  'SymbolicLink',
  'Link',
]);

const LINKS: ReadonlySet<string> = new Set(['SymbolicLink', 'Link']);

/**
 * Unpacks a tar or tar.gz into a folder that is empty. The first entry that has no place in a workspace ends it, before
 * any of that entry is written or even unpacked; the folder is then of no use.
 *
 * @throws {MeshError} `invalid_request` naming the entry and what is wrong with it
 */
export async function unpack(
  archive: string,
  folder: string,
  limits: UnpackLimits = UNPACK_LIMITS,
): Promise<void> {
  const source = await openedArchive(archive, mostBytes(limits));
  const check = inspector(limits);
  const filter = (path: string, entry: Stats | ReadEntry): boolean => {
    const fault = check(entry as ReadEntry);
    if (fault !== null) source.end(refused(path, fault));
    return fault === null;
  };
  const how = { strict: true, preserveOwner: false, noMtime: true, zstd: false };
  const unpacking = extract({ cwd: folder, ...how, filter });
  unpacking.on('eof', () => source.end()); // what comes after it would only be kept in memory
  try {
    await pipeline(source.content, unpacking);
  } catch (error) {
    throw isMeshError(error) ? error : broken(error);
  }
}

/** As many bytes as a tar of that much may have, with a long name for each file. */
const mostBytes = ({ maxFiles, maxBytes }: UnpackLimits): number => maxBytes + maxFiles * 4096;

/** Says what is wrong with each entry in turn, or null. What is right with it gets harmless rights. */
function inspector({ maxFiles, maxBytes }: UnpackLimits): (entry: ReadEntry) => string | null {
  let files = 0;
  let bytes = 0;
  return (entry) => {
    files += 1;
    bytes += entry.size;
    if (files > maxFiles) return `there are more than ${maxFiles} files`;
    if (bytes > maxBytes) return `unpacked it has more than ${maxBytes} bytes`;
    const owners = entry.type === 'Directory' ? 0o700 : 0o600;
    entry.mode = ((entry.mode ?? 0) & 0o777) | owners; // no setuid, and whoever cleans up gets in
    return faultOf(entry);
  };
}

/** What has no place in a workspace, or null. */
function faultOf({ path, type, linkpath = '' }: ReadEntry): string | null {
  if (!KINDS.has(type)) return `it is a ${type}`;
  if (isAbsolute(path)) return 'its name is absolute';
  if (partsOf(path).includes('..')) return 'its name leads out of the folder it is in';
  if (!LINKS.has(type)) return null;
  if (isAbsolute(linkpath)) return `it links to ${linkpath}, which is absolute`;
  return linksOut(path, type, linkpath) ? `it links to ${linkpath}, out of the workspace` : null;
}

const isAbsolute = (path: string): boolean => /^([/\\]|[A-Za-z]:)/.test(path);

const partsOf = (path: string): readonly string[] => path.split(/[/\\]/);

/** Steps up count only at the front: after the name of another link they would lead who knows where. */
function linksOut(path: string, type: string, linkpath: string): boolean {
  const steps = partsOf(linkpath).filter((part) => part !== '' && part !== '.');
  const up = steps.findIndex((part) => part !== '..');
  const ups = up === -1 ? steps.length : up;
  if (steps.slice(ups).includes('..')) return true;
  const depth = type === 'Link' ? 0 : partsOf(path).filter((part) => part !== '' && part !== '.').length - 1;
  return ups > depth;
}

const refused = (path: string, fault: string) =>
  new MeshError('invalid_request', `the archive is refused for "${path.slice(0, 200)}": ${fault}`, {
    field: 'workspace.archive',
    hint: 'an archive has files, folders and links within it, and nothing else',
  });

const broken = (error: unknown) =>
  new MeshError(
    'invalid_request',
    `the archive cannot be read as tar or tar.gz: ${error instanceof Error ? error.message : String(error)}`,
    { field: 'workspace.archive' },
    { cause: error },
  );
