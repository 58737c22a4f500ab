import { randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { linked, livingHolder, readIfThere, thisProcess } from '#contract';
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
  const mine = JSON.stringify({ ...thisProcess(), token: randomUUID() });
  const draft = `${path}.${randomUUID()}`;
  writeFileSync(draft, mine, { mode: 0o600 });
  try {
    while (!linked(draft, path)) removeIfStale(path, folder);
  } finally {
    rmSync(draft, { force: true });
  }
  return () => {
    if (readIfThere(path) === mine) rmSync(path, { force: true });
  };
}

function removeIfStale(path: string, folder: string): void {
  const held = readIfThere(path);
  if (held === null) return;
  const pid = livingHolder(held);
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
  if (readIfThere(aside) !== held) linked(aside, path); // it had just been taken over: put that lock back
  rmSync(aside, { force: true });
}
