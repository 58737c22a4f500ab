import { constants } from 'node:os';
import type { Refusals } from './groups.js';
import type { BoxOrder, KillCause, LimitName } from './protocol.js';

/** How a process ended. */
export type Exit = Readonly<{ code: number | null; signal: string | null }>;

/** What is known when a boxed run is over. `full` are file systems of the box that it filled. */
export type Ending = Readonly<{
  exit: Exit;
  killed: KillCause | null;
  refusals: Refusals;
  full: readonly string[];
}>;

const SIGNALS: ReadonlyMap<number, string> = new Map(
  Object.entries(constants.signals).map(([name, number]) => [number, name]),
);
const SIGNAL_BASE = 128;

/** The program that makes the box tells of a signal as shells do: by a code. */
export function exitOfBox({ code, signal }: Exit): Exit {
  const name = code === null ? undefined : SIGNALS.get(code - SIGNAL_BASE);
  return name === undefined ? { code, signal } : { code: null, signal: name };
}

/** Each limit, and what shows that a run failed for it. The first that was met is named. */
const MET = {
  memory: ({ killed, refusals }) => killed === 'memory' || refusals.memory > 0,
  disk: ({ killed }) => killed === 'disk',
  file: ({ exit }) => exit.signal === 'SIGXFSZ',
  processes: ({ exit, killed, refusals }) =>
    killed === 'processes' || (failed(exit) && refusals.processes > 0),
  temporary: ({ exit, full }) => failed(exit) && full.length > 0,
} as const satisfies Record<LimitName, (ending: Ending) => boolean>;

const failed = ({ code }: Exit): boolean => code !== 0;

/** What to say of the limit that a run failed for; null when it met none. Memory taken away is a failure whatever the code. */
export function limitMet({ limits }: Pick<BoxOrder, 'limits'>, ending: Ending): string | null {
  const found = (Object.keys(MET) as LimitName[]).find((name) => MET[name](ending));
  if (found === undefined) return null;
  return found === 'temporary' ? `${limits[found]} (${ending.full.join(', ')})` : limits[found];
}

/** Reads what `df -P` says inside: which file systems have nothing left. */
export const fullFileSystems = (df: string): readonly string[] => [
  ...new Set(df.split('\n').flatMap((line) => /\s100%\s+(\/\S*)$/.exec(line)?.[1] ?? [])),
];
