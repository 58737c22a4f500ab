import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { readFile, readdir } from 'node:fs/promises';

const exec = promisify(execFile);

/** Every process' parent. From /proc where there is one: small systems have no `ps`. */
async function parents(): Promise<ReadonlyMap<number, number>> {
  if (process.platform === 'linux') {
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
    const found = await Promise.all(pids.map(async (pid) => [pid, await parentOf(pid)] as const));
    return new Map(found);
  }
  const { stdout } = await exec('ps', ['-A', '-o', 'pid=,ppid=']);
  const rows = stdout.trim().split('\n').map((line) => line.trim().split(/\s+/).map(Number)); // prettier-ignore
  return new Map(rows.map(([pid = 0, parent = 0]) => [pid, parent]));
}

async function parentOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''); // it may have ended just now
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? 0);
}

/** Sends a signal; a process that has ended already is no error. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** Sends a signal to a process first, so that it starts no more, then to all its children. */
export async function signalTree(pid: number, name: NodeJS.Signals): Promise<void> {
  const before = await parents();
  signal(pid, name);
  const after = await parents(); // both: children lose their parent when it is killed
  const children = [...before, ...after].filter(([, parent]) => parent === pid).map(([child]) => child);
  for (const child of new Set(children)) signal(child, name);
}
