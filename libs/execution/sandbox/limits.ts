import type { BoxOrder } from '../supervisor/protocol.js';

/** What one run may take of its machine. */
export type Limits = Readonly<{
  /** Of memory, with what lies in its /tmp. @default 4096 */
  memoryMb: number;
  /** At once, threads too. @default 512 */
  processes: number;
  /** Processors' worth of time. @default all there are */
  cpus?: number | undefined;
  /** Written into the workspace, and in one file. @default 10240 */
  diskMb: number;
  /** In /tmp, in the home folder and in /dev/shm, each. @default 1024 */
  temporaryMb: number;
  /** Open at once in one process. @default 4096 */
  openFiles: number;
}>;

/** Enough for builds and tests of most projects. */
export const DEFAULT_LIMITS: Limits = {
  memoryMb: 4_096,
  processes: 512,
  diskMb: 10_240,
  temporaryMb: 1_024,
  openFiles: 4_096,
};

/** Which limits cgroups set for all of a run together. */
export type Grouped = Readonly<{ memory: boolean; processes: boolean; cpu: boolean }>;

const MIB = 1024 * 1024;

/** In bytes. */
export const bytesOf = (mebibytes: number): number => mebibytes * MIB;

/** Runs what follows with limits for each process; memory too where no cgroup limits it for all together. */
export const limited = (prlimit: string, limits: Limits, grouped: Grouped): readonly string[] => [
  prlimit,
  '--core=0',
  `--nofile=${limits.openFiles}`,
  `--nproc=${limits.processes}`, // counted inside the box; without effect where the worker is root
  `--fsize=${bytesOf(limits.diskMb)}`,
  ...(grouped.memory ? [] : [`--data=${bytesOf(limits.memoryMb)}`]),
  '--',
];

/** What to say of a task that met a limit. */
export const limitReasons = (limits: Limits): BoxOrder['limits'] => ({
  memory: `it needs more than ${limits.memoryMb} MiB of memory, the limit execution.limits.memoryMb`,
  processes: `it wants more than ${limits.processes} processes at once, the limit execution.limits.processes`,
  disk: `it wrote more than ${limits.diskMb} MiB, the limit execution.limits.diskMb, or the disk is nearly full`,
  file: `it wrote a file of more than ${limits.diskMb} MiB, the limit execution.limits.diskMb`,
  temporary: `it filled a folder that holds ${limits.temporaryMb} MiB, the limit execution.limits.temporaryMb`,
});
