import { linkSync, readFileSync } from 'node:fs';

/** A process as a lock names it. An id alone is used again, so it says when the process started, where that is known. */
export type Holder = Readonly<{ pid: number; started: string | null }>;

/** This process, to be written into a lock. */
export const thisProcess = (): Holder => ({ pid: process.pid, started: startOf(process.pid) });

/** The id of the living process that a lock's text names; null for a dead one, and for text that names none. */
export function livingHolder(lock: string | null): number | null {
  const { pid, started } = holderIn(lock);
  if (pid === undefined) return null;
  try {
    process.kill(pid, 0);
    return startOf(pid) === started ? pid : null;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? pid : null;
  }
}

function holderIn(lock: string | null): Partial<Holder> {
  try {
    return (JSON.parse(lock ?? '{}') ?? {}) as Partial<Holder>;
  } catch {
    return {};
  }
}

/** When a process started, in clock ticks since boot, where the system tells (Linux). */
function startOf(pid: number): string | null {
  const stat = readIfThere(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
}

/** Takes a name for a draft; false if it is taken. Linking is atomic, and the lock is never seen without its content. */
export function linked(draft: string, path: string): boolean {
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** A file's text, or null. */
export function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
