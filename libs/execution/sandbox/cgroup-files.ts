import { join, relative } from 'node:path';
import type { GroupSetting } from '../supervisor/protocol.js';
import { bytesOf } from './limits.js';
import type { Grouped, Limits } from './limits.js';

/** Where a cgroup hierarchy is mounted, and which part of it. */
export type CgroupMount = Readonly<{
  version: 1 | 2;
  root: string;
  point: string;
  controllers: readonly string[];
}>;

/** Where in a hierarchy a process is. No controllers: the one of version 2. */
export type Membership = Readonly<{ controllers: readonly string[]; path: string }>;

const TYPES: ReadonlyMap<string, 1 | 2> = new Map([
  ['cgroup', 1],
  ['cgroup2', 2],
]);

/** Reads the hierarchies out of `/proc/self/mountinfo`. */
export const parseMounts = (mountinfo: string): readonly CgroupMount[] =>
  mountinfo.split('\n').flatMap((line) => {
    const [fields = '', after = ''] = line.split(' - ');
    const [, , , root = '', point = ''] = fields.split(' ');
    const [type = '', , options = ''] = after.split(' ');
    const version = TYPES.get(type);
    return version === undefined ? [] : [{ version, root, point, controllers: options.split(',') }];
  });

/** Reads `/proc/self/cgroup`. */
export const parseMemberships = (cgroup: string): readonly Membership[] =>
  cgroup.split('\n').flatMap((line) => {
    const [, names, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    return names === undefined || path === undefined
      ? []
      : [{ controllers: names === '' ? [] : names.split(','), path }];
  });

/** The folder of a membership; null where the mount does not show it. */
export function folderOf(mount: CgroupMount, { path }: Membership): string | null {
  const below = relative(mount.root, path);
  return below.startsWith('..') ? null : join(mount.point, below);
}

/** The controller of each limit. */
export const CONTROLLERS = {
  memory: 'memory',
  processes: 'pids',
  cpu: 'cpu',
} as const satisfies Record<keyof Grouped, string>;

/** Beside the run's own there are those that make the box. */
const KEEPERS = 8;
const PERIOD_US = 100_000;

const quotaOf = (cpus: number): number => Math.round(cpus * PERIOD_US);

/** What to write for each limit, by version. */
export const SETTINGS = {
  1: {
    memory: ({ memoryMb }) => [
      { file: 'memory.limit_in_bytes', value: `${bytesOf(memoryMb)}` },
      { file: 'memory.memsw.limit_in_bytes', value: `${bytesOf(memoryMb)}`, optional: true },
    ],
    processes: ({ processes }) => [{ file: 'pids.max', value: `${processes + KEEPERS}` }],
    cpu: ({ cpus }) =>
      cpus === undefined
        ? []
        : [
            { file: 'cpu.cfs_period_us', value: `${PERIOD_US}` },
            { file: 'cpu.cfs_quota_us', value: `${quotaOf(cpus)}` },
          ],
  },
  2: {
    memory: ({ memoryMb }) => [
      { file: 'memory.max', value: `${bytesOf(memoryMb)}` },
      { file: 'memory.swap.max', value: '0', optional: true },
      { file: 'memory.oom.group', value: '1', optional: true },
    ],
    processes: ({ processes }) => [{ file: 'pids.max', value: `${processes + KEEPERS}` }],
    cpu: ({ cpus }) =>
      cpus === undefined ? [] : [{ file: 'cpu.max', value: `${quotaOf(cpus)} ${PERIOD_US}` }],
  },
} as const satisfies Record<1 | 2, Record<keyof Grouped, (limits: Limits) => readonly GroupSetting[]>>;
