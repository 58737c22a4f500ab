import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { GroupOrder, GroupSetting } from '../supervisor/protocol.js';
import { CONTROLLERS, SETTINGS, folderOf, parseMemberships, parseMounts } from './cgroup-files.js';
import type { CgroupMount, Membership } from './cgroup-files.js';
import type { Grouped, Limits } from './limits.js';

/** Which limits this machine's cgroups can set for us, and what to make for a run. */
export type Cgroups = Readonly<{
  grouped: Grouped;
  orders: (limits: Limits) => readonly GroupOrder[];
  /** For people: what was found. */
  detail: string;
}>;

type LimitKey = keyof Grouped;
type Place = Readonly<{ version: 1 | 2; folder: string }>;

const LIMITS = Object.keys(CONTROLLERS) as LimitKey[];
/** Where this worker's own processes are put, of version 2. */
const ASIDE = 'coderclaw-worker';
const NAME = /^coderclaw-(\d+)-/;
const UNLIMITED: Limits = { memoryMb: 1_048_576, processes: 1_000, diskMb: 1, temporaryMb: 1, openFiles: 1 };

/** Tries for each limit whether a cgroup can be made here and entered. Removes what earlier workers left. */
export function findCgroups(): Cgroups {
  const mounts = parseMounts(readOrNothing('/proc/self/mountinfo'));
  const memberships = parseMemberships(readOrNothing('/proc/self/cgroup'));
  const places = new Map(
    LIMITS.flatMap((limit) => {
      const place = placesOf(limit, mounts, memberships).find((found) => works(limit, found));
      return place ? [[limit, place] as const] : [];
    }),
  );
  for (const { folder } of places.values()) removeLeftOvers(folder);
  return {
    grouped: { memory: places.has('memory'), processes: places.has('processes'), cpu: places.has('cpu') },
    orders: (limits) => ordersOf(places, limits),
    detail: describe(places),
  };
}

/** Where a limit may be set: in our own cgroup, or else (whoever may) at the top. Version 1 where it has the controller. */
function placesOf(
  limit: LimitKey,
  mounts: readonly CgroupMount[],
  memberships: readonly Membership[],
): readonly Place[] {
  const controller = CONTROLLERS[limit];
  const old = mounts.find(({ version, controllers }) => version === 1 && controllers.includes(controller));
  const mount = old ?? mounts.find(({ version }) => version === 2);
  if (!mount) return [];
  const mine = memberships.find(({ controllers }) =>
    old ? controllers.includes(controller) : controllers.length === 0,
  );
  const own = mine ? asideUndone(folderOf(mount, mine)) : null;
  const folders = [...new Set([...(own === null ? [] : [own]), mount.point])];
  return folders.map((folder) => ({ version: mount.version, folder }));
}

function works(limit: LimitKey, { version, folder }: Place): boolean {
  const trial = join(folder, `coderclaw-${process.pid}-trial-${limit}`);
  try {
    if (version === 2) enable(CONTROLLERS[limit], folder);
    mkdirSync(trial);
    const settings: readonly GroupSetting[] = SETTINGS[version][limit]({ ...UNLIMITED, cpus: 1 });
    for (const { file, value, optional } of settings)
      if (!optional) writeFileSync(join(trial, file), value, { flag: 'r+' });
    execFileSync('/bin/sh', ['-c', 'echo $$ > "$1"', 'sh', join(trial, 'cgroup.procs')], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  } finally {
    if (existsSync(trial)) rmdirSync(trial);
  }
}

/** Hands a controller of version 2 down to the cgroups below, which only a cgroup without processes of its own may. */
function enable(controller: string, folder: string): void {
  const control = join(folder, 'cgroup.subtree_control');
  const handed = () => readOrNothing(control).trim().split(' ').includes(controller);
  if (handed()) return;
  try {
    writeFileSync(control, `+${controller}`);
  } catch (error) {
    if (!moveAside(folder)) throw error;
    writeFileSync(control, `+${controller}`);
  }
}

/** Puts our own processes into a cgroup below, if this one holds nobody else (a service of systemd with `Delegate=yes`). */
function moveAside(folder: string): boolean {
  const pids = readOrNothing(join(folder, 'cgroup.procs')).trim().split('\n').map(Number);
  const ours = new Set([process.pid, process.ppid]);
  if (!pids.every((pid) => ours.has(pid) || parentOf(pid) === process.pid)) return false;
  const aside = join(folder, ASIDE);
  if (!existsSync(aside)) mkdirSync(aside);
  for (const pid of pids) writeFileSync(join(aside, 'cgroup.procs'), String(pid));
  return true;
}

/** Who has moved aside before makes boxes where it was. */
const asideUndone = (folder: string | null): string | null =>
  folder !== null && basename(folder) === ASIDE ? dirname(folder) : folder;

const parentOf = (pid: number): number =>
  Number(/\nPPid:\t(\d+)/.exec(readOrNothing(`/proc/${pid}/status`))?.[1]);

function ordersOf(places: ReadonlyMap<LimitKey, Place>, limits: Limits): readonly GroupOrder[] {
  const byFolder = new Map<string, GroupOrder>();
  for (const [limit, { version, folder }] of places) {
    const settings = SETTINGS[version][limit](limits);
    if (settings.length === 0) continue;
    const others = byFolder.get(folder)?.settings ?? [];
    byFolder.set(folder, { parent: folder, settings: [...others, ...settings] });
  }
  return [...byFolder.values()];
}

/** Of workers that are gone, by the pid in the name. */
function removeLeftOvers(folder: string): void {
  for (const name of readdirSync(folder)) {
    const pid = NAME.exec(name)?.[1];
    if (pid === undefined || existsSync(`/proc/${pid}`)) continue;
    try {
      rmdirSync(join(folder, name));
    } catch {
      // somebody is still in: the worker that is next removes it
    }
  }
}

function describe(places: ReadonlyMap<LimitKey, Place>): string {
  if (places.size === 0) return 'none may be made here';
  const versions = [...new Set([...places.values()].map(({ version }) => `v${version}`))];
  const missing = LIMITS.filter((limit) => !places.has(limit));
  const without = missing.length === 0 ? '' : `; none for ${missing.join(', ')}`;
  return `${versions.join(' and ')}: ${[...places.keys()].join(', ')}${without}`;
}

function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
