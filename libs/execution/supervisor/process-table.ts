import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { parsePsLine, parseStat } from './process-row.js';
import type { ProcessRow } from './process-row.js';

/** All processes at one moment, and who of them has an environment with `mark` in it. */
export type ProcessTable = Readonly<{
  rows: readonly ProcessRow[];
  marked: (mark: string) => (pid: number) => boolean;
}>;

/** Reads the table of this machine, without the reader itself. */
export const readProcessTable = (): ProcessTable => (process.platform === 'linux' ? readProc() : readPs());

/** One process; null when it is gone, or where there is no /proc. */
export const readProcess = (pid: number): ProcessRow | null => parseStat(readOrNothing(`/proc/${pid}/stat`));

function readProc(): ProcessTable {
  const rows = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
    .map((name) => parseStat(readOrNothing(`/proc/${name}/stat`)))
    .filter((row) => row !== null);
  return { rows, marked: hasInEnvironment };
}

/** Another user's environment cannot be read: not ours. */
const hasInEnvironment = (mark: string) => (pid: number) =>
  `\0${readOrNothing(`/proc/${pid}/environ`)}`.includes(`\0${mark}\0`);

function readPs(): ProcessTable {
  const output = execFileSync('ps', ['-axEww', '-o', 'pid=,ppid=,pgid=,stat=,command='], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const rows = output
    .split('\n')
    .map((line) => parsePsLine(line))
    .filter((row) => row !== null)
    .filter(({ pid }) => pid !== process.pid);
  const commands = new Map(rows.map(({ pid, command }) => [pid, ` ${command} `]));
  const marked = (mark: string) => (pid: number) => commands.get(pid)?.includes(` ${mark} `) ?? false;
  return { rows, marked };
}

/** Processes end while one looks at them. */
function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
