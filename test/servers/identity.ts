import { readFile } from 'node:fs/promises';

/** Who runs a process. */
export type Identity = Readonly<{ uid: number; gid: number }>;

/** Postgres refuses to run as root: then, the unprivileged user every system has; undefined means "as we are". */
export async function unprivileged(): Promise<Identity | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const nobody = /^nobody:[^:]*:(-?\d+):(-?\d+):/m.exec(await readFile('/etc/passwd', 'utf8'));
  if (!nobody)
    throw new Error(
      'Postgres refuses to run as root, and this system has no user "nobody": run as another user',
    );
  return { uid: Number(nobody[1]) >>> 0, gid: Number(nobody[2]) >>> 0 };
}
