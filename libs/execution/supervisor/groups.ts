import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { GroupOrder } from './protocol.js';

/** How often the cgroups of a run have refused it something. */
export type Refusals = Readonly<{ memory: number; processes: number }>;

/** The cgroups of one run. */
export type Groups = Readonly<{
  /** Whoever writes its pid into all of these is in. */
  joins: readonly string[];
  refusals: () => Refusals;
  /** To be called when nobody is in any more. */
  remove: () => Promise<void>;
}>;

const REMOVE_WITHIN_MS = 2_000;
const LOOK_AGAIN_MS = 20;

/** Which counter of which file, in either version of cgroups, tells of a refusal. */
const COUNTERS = {
  memory: [
    ['memory.events', 'oom_kill'],
    ['memory.oom_control', 'oom_kill'],
  ],
  processes: [['pids.events', 'max']],
} as const satisfies Record<keyof Refusals, readonly (readonly [string, string])[]>;

/**
 * Makes the cgroups of a run.
 *
 * @throws {Error} of the file system, naming the file
 */
export function makeGroups(orders: readonly GroupOrder[], name: string): Groups {
  const made: string[] = [];
  try {
    for (const { parent, settings } of orders) {
      const folder = join(parent, name);
      mkdirSync(folder);
      made.push(folder);
      for (const { file, value, optional } of settings) write(join(folder, file), value, optional ?? false);
    }
  } catch (error) {
    for (const folder of made) removed(folder);
    throw error;
  }
  return {
    joins: made.map((folder) => join(folder, 'cgroup.procs')),
    refusals: () => ({ memory: countIn(made, 'memory'), processes: countIn(made, 'processes') }),
    remove: () => removeAll(made),
  };
}

function write(file: string, value: string, optional: boolean): void {
  try {
    writeFileSync(file, value, { flag: 'r+' }); // cgroup files are there or not: never made
  } catch (error) {
    if (!optional) throw error;
  }
}

const countIn = (folders: readonly string[], what: keyof Refusals): number =>
  Math.max(
    0,
    ...folders.flatMap((folder) => COUNTERS[what].map(([file, key]) => counter(join(folder, file), key))),
  );

function counter(file: string, key: string): number {
  try {
    return Number(new RegExp(`^${key} (\\d+)$`, 'm').exec(readFileSync(file, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0; // this cgroup limits something else
  }
}

/** The dead leave a cgroup a little later than the process table. */
async function removeAll(folders: readonly string[]): Promise<void> {
  const deadline = performance.now() + REMOVE_WITHIN_MS;
  while (!folders.map((folder) => removed(folder)).every(Boolean) && performance.now() < deadline)
    await delay(LOOK_AGAIN_MS);
}

function removed(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
}
