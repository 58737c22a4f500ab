/** A process, as the kernel tells of it. `startTicks` (since boot) tells it from a later one with the same pid. */
export type ProcessRow = Readonly<{
  pid: number;
  ppid: number;
  /** Process group. */
  pgid: number;
  /** Session. */
  sid: number;
  startTicks: number;
  /** One letter: R, S, D, T, Z … */
  state: string;
}>;

/** Reads `/proc/<pid>/stat`; null for what is none. The name in parentheses may hold anything, parentheses too. */
export function parseStat(stat: string): ProcessRow | null {
  const open = stat.indexOf(' (');
  const close = stat.lastIndexOf(') ');
  if (open < 1 || close < open) return null;
  const rest = stat.slice(close + 2).split(' ');
  const [pid, ppid, pgid, sid, startTicks] = [stat.slice(0, open), rest[1], rest[2], rest[3], rest[19]].map(
    Number,
  );
  const numbers = [pid, ppid, pgid, sid, startTicks];
  if (!numbers.every((n) => Number.isInteger(n))) return null;
  return { pid, ppid, pgid, sid, startTicks, state: rest[0] ?? '' } as ProcessRow;
}

/**
 * Reads a line of `ps -axEww -o pid=,ppid=,pgid=,stat=,command=` (macOS), with the environment after the command.
 * No session and no start time there: the group stands for the one, 0 for the other.
 */
export function parsePsLine(line: string): (ProcessRow & { readonly command: string }) | null {
  const match = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s(.*)$/.exec(line);
  if (!match) return null;
  const [, pid, ppid, pgid, state = '', command = ''] = match;
  return {
    pid: Number(pid),
    ppid: Number(ppid),
    pgid: Number(pgid),
    sid: Number(pgid),
    startTicks: 0,
    state,
    command,
  };
}
