import { setTimeout as delay } from 'node:timers/promises';
import { readProcessTable } from './process-table.js';
import { RUN_VARIABLE } from './protocol.js';
import { treeOf } from './tree.js';
import type { Root } from './tree.js';
import type { ProcessRow } from './process-row.js';

const LOOK_AGAIN_MS = 10;
const GIVE_UP_MS = 5_000;

/** The processes of a run that are alive now. Remembers them: a parent that dies later takes its tie with it. */
export function membersOf(root: Root, run: string): readonly ProcessRow[] {
  const { rows, marked } = readProcessTable();
  const members = treeOf(root, rows, marked(`${RUN_VARIABLE}=${run}`));
  for (const { pid, startTicks } of members) root.known.set(pid, startTicks);
  return members;
}

/** Asks all of a run but `spared` to end, and waits until all have, at most `graceMs`. */
export async function terminate(root: Root, run: string, graceMs: number, spared?: number): Promise<void> {
  const deadline = performance.now() + graceMs;
  for (const { pid } of membersOf(root, run)) if (pid !== spared) signal(pid, 'SIGTERM');
  while (performance.now() < deadline && membersOf(root, run).length > 0) await delay(LOOK_AGAIN_MS);
}

/**
 * Kills all of a run, also who has left its session or its group. Stops them first: a stopped process makes no more.
 * Returns how many would not die (they wait for a disk, or belong to another user).
 */
export async function killAll(root: Root, run: string): Promise<number> {
  const deadline = performance.now() + GIVE_UP_MS;
  const stopped = new Set<number>();
  let clean = 0; // a process in the middle of an exec shows no mark: look twice if there was anyone
  for (;;) {
    const members = membersOf(root, run);
    if (members.length === 0 && (stopped.size === 0 || ++clean === 2)) return 0;
    if (performance.now() > deadline) return members.length;
    const fresh = members.filter(({ pid }) => !stopped.has(pid));
    for (const { pid } of fresh) {
      signal(pid, 'SIGSTOP');
      stopped.add(pid);
    }
    if (fresh.length > 0) continue; // it may have forked before it stopped
    for (const { pid } of members) signal(pid, 'SIGKILL');
    await delay(LOOK_AGAIN_MS);
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // gone meanwhile, or another user's: the next look tells
  }
}
