import { execFile } from 'node:child_process';
import { Stats } from 'node:fs';
import { lstat, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { create } from 'tar';
import { MAX_ARTIFACT_BYTES } from '#contract';
import { MeshError } from '#errors';

const run = promisify(execFile);

const MEBIBYTE = 1024 * 1024;

/** The biggest folders that an error names. */
const NAMED = 3;

/** Where there is no git to say what belongs to a project. */
const LEFT_OUT: ReadonlySet<string> = new Set(['.git', 'node_modules']);

/** The data folder of a local runtime, wherever it lies: its token and its tasks are nobody else's, whatever git knows. */
const DATA = /(^|\/)\.coderClaw\/data(\/|$)/;

/**
 * The files of a folder as a tar.gz: those that git tracks or would; without git, all but `node_modules` and `.git`. Never
 * the data folder of a local runtime.
 *
 * @throws {MeshError} `payload_too_large` with the size and the biggest folders; `invalid_request` for no folder
 */
export async function archiveOf(
  folder: string,
  onProgress: (message: string) => void,
  maxBytes: number = MAX_ARTIFACT_BYTES,
): Promise<Buffer> {
  const isFolder = await stat(folder).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
  if (!isFolder) throw noFolder(folder);
  const temporary = await mkdtemp(join(tmpdir(), 'coderclaw-archive-'));
  try {
    const file = join(temporary, 'workspace.tgz');
    const sizes = new Map<string, number>();
    const names = await filesOf(folder);
    onProgress(`packing ${folder}`);
    const filter = (path: string, entry: object): boolean => {
      if (DATA.test(path)) return false;
      if (entry instanceof Stats && entry.isFile()) add(sizes, path, entry.size);
      return !path.split('/').some((part) => names === null && LEFT_OUT.has(part));
    };
    await create({ cwd: folder, file, gzip: true, portable: true, filter }, [...(names ?? ['.'])]);
    const { size } = await stat(file);
    if (size > maxBytes) throw tooLarge(size, maxBytes, sizes);
    onProgress(`sending ${(size / MEBIBYTE).toFixed(1)} MiB`);
    return await readFile(file);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** What git tracks or would, and is there; null without git. */
async function filesOf(folder: string): Promise<readonly string[] | null> {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'];
  const options = { cwd: folder, maxBuffer: 256 * MEBIBYTE };
  const listed = await run('git', args, options).catch(() => null);
  if (!listed) return null;
  const names = listed.stdout.split('\0').filter((name) => name !== '' && !name.endsWith('/'));
  const there = await Promise.all(
    names.map((name) =>
      lstat(join(folder, name)).then(
        () => true,
        () => false,
      ),
    ),
  );
  const kept = names.filter((_, index) => there[index]).map((name) => `./${name}`);
  return kept.length > 0 ? kept : null;
}

/** A file counts for the first folder of its path. */
function add(sizes: Map<string, number>, path: string, bytes: number): void {
  const parts = path.replace(/^\.\//, '').split('/');
  const top = parts.length > 1 ? `${parts[0]}/` : (parts[0] ?? '');
  sizes.set(top, (sizes.get(top) ?? 0) + bytes);
}

const mebibytes = (bytes: number): string => `${(bytes / MEBIBYTE).toFixed(1)} MiB`;

function tooLarge(size: number, maxBytes: number, sizes: ReadonlyMap<string, number>): MeshError {
  const biggest = [...sizes]
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, NAMED)
    .map(([name, bytes]) => `${name} ${mebibytes(bytes)}`);
  return new MeshError(
    'payload_too_large',
    `--workspace: packed it has ${mebibytes(size)}, more than ${mebibytes(maxBytes)}; the biggest: ${biggest.join(', ')}`,
    { field: 'workspace', hint: 'leave out what the task does not need with .gitignore' },
  );
}

const noFolder = (folder: string) =>
  new MeshError('invalid_request', `--workspace: there is no folder ${folder}`, { field: 'workspace' });
