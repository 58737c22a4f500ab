import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { relative, sep } from 'node:path';
import { filesUnder } from '#artifacts';
import { MAX_ARTIFACT_BYTES } from '#contract';
import type { Artifact } from '#task';

export type LeftLimits = Readonly<{ maxFiles: number; maxTotalBytes: number; maxNameBytes: number }>;

/** What one attempt may leave. */
const LEFT_LIMITS: LeftLimits = {
  maxFiles: 100,
  maxTotalBytes: 4 * MAX_ARTIFACT_BYTES,
  maxNameBytes: 256,
};

/** What was kept of what an agent left, and what was not, with the reason. */
export type Left = Readonly<{ artifacts: readonly Artifact[]; refused: readonly string[] }>;

type Put = (name: string, file: FileHandle) => Promise<Artifact>;

/** No more of them are named: the rest is a number. */
const NAMED = 20;

/**
 * Puts each file of a folder as an artifact, under its path in it. Links are not followed, and what is over a limit is
 * told, not dropped in silence.
 */
export async function putFiles(folder: string, put: Put, limits: LeftLimits = LEFT_LIMITS): Promise<Left> {
  const artifacts: Artifact[] = [];
  const refused: string[] = [];
  let total = 0;
  for (const path of await filesIn(folder)) {
    const name = relative(folder, path).split(sep).join('/');
    const file = await open(path, FOLLOWING_NOTHING).catch(() => null);
    try {
      const size = await sizeOf(file);
      const fault = faultOf({ name, size, total, count: artifacts.length }, limits);
      if (file && fault === null) artifacts.push(await put(name, file));
      else refused.push(`${JSON.stringify(name)}: ${fault ?? 'it cannot be read'}`);
    } finally {
      await file?.close();
    }
    total = artifacts.reduce((sum, { bytes }) => sum + bytes, 0);
  }
  return { artifacts, refused: shortened(refused) };
}

const FOLLOWING_NOTHING = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Null for what is no plain file. */
async function sizeOf(file: FileHandle | null): Promise<number | null> {
  const stats = await file?.stat();
  return stats?.isFile() ? stats.size : null;
}

type Candidate = Readonly<{ name: string; size: number | null; total: number; count: number }>;

function faultOf({ name, size, total, count }: Candidate, limits: LeftLimits): string | null {
  if (size === null) return 'it is no plain file';
  if (Buffer.byteLength(name) > limits.maxNameBytes) return `its name is over ${limits.maxNameBytes} bytes`;
  if (!name.isWellFormed() || name.includes('\uFFFD')) return 'its name is no UTF-8';
  if (size > MAX_ARTIFACT_BYTES) return `its ${size} bytes are over ${MAX_ARTIFACT_BYTES}`;
  if (count >= limits.maxFiles) return `there are more than ${limits.maxFiles} files`;
  if (total + size > limits.maxTotalBytes) return `together they are over ${limits.maxTotalBytes} bytes`;
  return null;
}

/** Sorted, so that what is over a limit does not depend on chance; not more than could be told of. */
async function filesIn(folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { path } of filesUnder(folder)) {
    found.push(path);
    if (found.length > 10_000) break;
  }
  return found.toSorted();
}

const shortened = (refused: readonly string[]): readonly string[] =>
  refused.length <= NAMED ? refused : [...refused.slice(0, NAMED), `and ${refused.length - NAMED} more`];
