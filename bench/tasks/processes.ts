import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

/** Clock ticks a second, as /proc counts processor time. */
const TICKS = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** Processor time a process has used so far, in milliseconds, user and system. Linux. */
export const cpuMs = (pid: number): number => ticks(statOf(pid), USED);

/** The same with its children, those that run and those that have ended: a Postgres has one for each connection. Linux. */
export function cpuMsWithChildren(pid: number): number {
  const own = ticks(statOf(pid), [...USED, ...USED_BY_ENDED_CHILDREN]);
  return childrenOf(pid).reduce((sum, stat) => sum + ticks(stat, USED), own);
}

const childrenOf = (pid: number) =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => statOf(Number(name)))
    .filter((stat) => Number(stat[PARENT]) === pid);

/** Fields of /proc/<pid>/stat, counted after the name (proc(5)). */
const PARENT = 1;
const USED = [11, 12] as const;
const USED_BY_ENDED_CHILDREN = [13, 14] as const;

/** None of a process that has ended just now. */
function statOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  } catch {
    return [];
  }
}

const ticks = (stat: readonly string[], fields: readonly number[]): number =>
  (fields.reduce((sum, field) => sum + Number(stat[field] ?? 0), 0) * 1000) / TICKS;

/** Memory a process holds now, in MiB. Linux. */
export function rssMiB(pid: number): number {
  const [, kib = '0'] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib) / 1024;
}
