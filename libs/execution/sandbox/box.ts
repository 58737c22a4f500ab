import { ETC, PROC_READ_ONLY, SYSTEM } from './system.js';
import { isWithin } from './toolchains.js';

/**
 * A box to run a task's processes in. All paths are absolute, without links in them, and but for `artifacts` the same
 * inside and outside.
 */
export type Box = Readonly<{
  /** With `artifacts`, all of the machine that it may write in. */
  workspace: string;
  /** The folder for what is to be kept, at `ARTIFACTS_INSIDE`. */
  artifacts: string | null;
  /** What stays as it is, toolchains of this user above all. */
  readOnly: readonly string[];
  /** Folders in the workspace that it may read only. */
  kept: readonly string[];
  /** Folders that are there but empty, although the workspace or a toolchain holds them. */
  hidden: readonly string[];
  /** Files that are there but empty, likewise. */
  blanked: readonly string[];
  /** Parts of `/proc` this kernel has that nobody inside needs. */
  masked: readonly string[];
  /** A folder of its own, empty at the start and gone at the end. */
  home: string;
  env: Readonly<Record<string, string>>;
  /** How much each of its folders in memory may hold. */
  temporaryBytes: number;
  /** The way out: a socket of a proxy outside, and the script that carries to it. Without it there is no network. */
  egress: Readonly<{ socket: string; script: string }> | null;
}>;

/** Where what we bring into a box lies in it. */
const OURS = '/run/coderclaw';

/** Who one is inside: nobody. */
export const BOX_UID = 65_534;

/** Nothing of the machine is shared, no right is kept, no namespace can be made inside to get any back. */
const ISOLATION: readonly Option[] = [
  ['--unshare-all'],
  ['--unshare-user'], // `--unshare-all` alone only tries to
  ['--uid', `${BOX_UID}`],
  ['--gid', `${BOX_UID}`],
  ['--cap-drop', 'ALL'], // a root that makes a box keeps all of them otherwise
  ['--disable-userns'],
  ['--die-with-parent'],
  ['--new-session'],
  ['--hostname', 'task'],
  ['--clearenv'],
];

/** An option of bwrap and its arguments. */
type Option = readonly string[];

/** The options of bwrap for a box; `last` close it when the caller has added what is still to be mounted. */
export function bwrapOptions(box: Box): Readonly<{ enter: readonly string[]; last: readonly string[] }> {
  const empty = (isInside: boolean): readonly Option[] =>
    box.hidden
      .filter((path) => isWithin(path, box.workspace) === isInside)
      .map((path) => inMemory(path, EMPTY_BYTES));
  const enter: readonly Option[] = [
    ...ISOLATION,
    ...Object.entries(box.env).map(([name, value]) => ['--setenv', name, value]),
    ...[...SYSTEM, ...ETC].map((path) => ['--ro-bind-try', path, path]),
    ...procAndDev(box),
    ...['/tmp', '/dev/shm', box.home].map((path) => inMemory(path, box.temporaryBytes)),
    ['--dir', '/var'],
    ['--symlink', '/tmp', '/var/tmp'],
    ['--dir', OURS],
    ...box.readOnly.map((path) => unchanged(path)),
    ...empty(false), // before the workspace, which may lie in one of them
    ['--bind', box.workspace, box.workspace],
    ...(box.artifacts === null ? [] : [['--bind', box.artifacts, ARTIFACTS_INSIDE]]),
    ...box.kept.map((path) => unchanged(path)),
    ...empty(true),
    ...box.hidden.map((path) => ['--remount-ro', path]),
    ...box.blanked.map((path) => blank(path)),
    ...wayOut(box),
  ];
  const last: readonly Option[] = [
    ['--remount-ro', '/dev'],
    ['--remount-ro', '/'],
    ['--chdir', box.workspace],
  ];
  return { enter: enter.flat(), last: last.flat() };
}

const EMPTY_BYTES = 4_096;

const unchanged = (path: string): Option => ['--ro-bind', path, path];
const blank = (path: string): Option => ['--ro-bind', '/dev/null', path];
const inMemory = (path: string, bytes: number): Option => [
  '--size',
  `${bytes}`,
  '--perms',
  '0700',
  '--tmpfs',
  path,
];

/** To the kernel the one inside is still whom the worker is: root may write sysctls without any capability. */
const procAndDev = ({ masked }: Box): readonly Option[] => [
  ['--proc', '/proc'],
  ...PROC_READ_ONLY.map((path) => ['--ro-bind-try', path, path]),
  ...masked.map((path) => blank(path)),
  ['--dev', '/dev'],
];

const wayOut = ({ egress }: Box): readonly Option[] =>
  egress === null
    ? []
    : [
        ['--ro-bind', egress.socket, SOCKET_INSIDE],
        ['--ro-bind', egress.script, FORWARDER_INSIDE],
      ];

/** Where a task leaves what is to be kept: the folder itself may lie in one that is hidden. */
export const ARTIFACTS_INSIDE = `${OURS}/artifacts`;
/** Where the way out begins inside. */
export const SOCKET_INSIDE = `${OURS}/egress`;
export const FORWARDER_INSIDE = `${OURS}/forwarder.mjs`;
