import { randomUUID } from 'node:crypto';
import { chmodSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MeshError } from '#errors';

/** Gives the lock back. */
export type Unlock = () => void;

const NAME = 'coderclaw.lock';

/**
 * Takes a folder for this process: two on one database folder lose writes without an error. A lock whose process is
 * gone (its id unused, or used by a process that started at another time) is taken over.
 *
 * @throws {MeshError} `unavailable` if another living process, or this one already, holds the folder
 */
export function lockFolder(folder: string): Unlock {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700); // what is in it is its user's alone, whatever the files' own modes say
  const path = join(folder, NAME);
  const mine = JSON.stringify({ pid: process.pid, started: startOf(process.pid), token: randomUUID() });
  const draft = `${path}.${randomUUID()}`;
  writeFileSync(draft, mine, { mode: 0o600 });
  try {
    while (!claimed(draft, path)) removeIfStale(path, folder);
  } finally {
    rmSync(draft, { force: true });
  }
  return () => {
    if (readIfThere(path) === mine) rmSync(path, { force: true });
  };
}

/** Linking is atomic, and the lock is never seen without its content. */
function claimed(draft: string, path: string): boolean {
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function removeIfStale(path: string, folder: string): void {
  const held = readIfThere(path);
  if (held === null) return;
  const pid = holderOf(held);
  if (pid !== null) {
    throw new MeshError('unavailable', `the data folder ${folder} is in use by process ${pid}`, {
      hint: 'stop that process, or use its socket; remove the folder only if it holds nothing you need',
    });
  }
  const aside = `${path}.${randomUUID()}`;
  try {
    renameSync(path, aside);
  } catch {
    return; // another process was quicker: look again
  }
  if (readIfThere(aside) !== held) claimed(aside, path); // it had just been taken over: put that lock back
  rmSync(aside, { force: true });
}

/** The living process that wrote the lock, or null. */
function holderOf(lock: string): number | null {
  try {
    const { pid, started } = JSON.parse(lock) as { pid: number; started: string | null };
    process.kill(pid, 0);
    return startOf(pid) === started ? pid : null;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
      ? (JSON.parse(lock) as { pid: number }).pid
      : null;
  }
}

/** When a process started, in clock ticks since boot, where the system tells (Linux): an id alone is used again. */
function startOf(pid: number): string | null {
  const stat = readIfThere(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
