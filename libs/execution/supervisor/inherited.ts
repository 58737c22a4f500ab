import { closeSync, readFileSync, readdirSync } from 'node:fs';

const STANDARD = 2;
const CLOSES_ON_EXEC = 0o2000000;

/**
 * Closes what this process was started with and would hand on: whoever starts a worker may have files open of which it
 * does not know. What Node has opened itself is closed for children anyway. Linux only.
 */
export function closeInherited(environment = process.env): void {
  const channel = Number(environment['NODE_CHANNEL_FD']);
  for (const name of namesIn('/proc/self/fdinfo')) {
    const fd = Number(name);
    if (fd > STANDARD && fd !== channel && isHandedOn(fd)) close(fd);
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function isHandedOn(fd: number): boolean {
  try {
    const flags = /^flags:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1];
    return flags !== undefined && (Number.parseInt(flags, 8) & CLOSES_ON_EXEC) === 0;
  } catch {
    return false; // it was the folder's own
  }
}

function close(fd: number): void {
  try {
    closeSync(fd);
  } catch {
    // closed meanwhile
  }
}
