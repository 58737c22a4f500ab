import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startPostgres } from '#test/servers';
import { median, round } from '../tasks/percentiles.js';
import { installed } from './peers/install.js';
import { startRestate } from './peers/restate-server.js';

const exec = promisify(execFile);
const LONGEST_MS = 5 * 60_000;

/** How much is measured, of us and of the peers alike. */
export type Work = Readonly<{ steps: number; tasks: number; rounds: number }>;

/** What was found: one workflow alone, and several at once. */
export type Figures = Readonly<{ taskMs: number; stepsPerSecond: number; stepsPerSecondAtOnce: number }>;

/** A peer's figures and how many times ours they are, or why there are none. */
export type PeerReport = Readonly<{ name: string; version: string; durability: string }> &
  (Readonly<{ absent: string }> | (Figures & Readonly<{ timesOurs: number; timesOursAtOnce: number }>));

type Peer = Readonly<{
  name: 'dbos' | 'restate';
  version: string;
  packages: readonly string[];
  durability: string;
  start(folder: string): Promise<Readonly<{ where: object; stop(): Promise<void> }>>;
}>;

const PEERS: readonly Peer[] = [
  {
    name: 'dbos',
    version: '5.3.0',
    packages: ['@dbos-inc/dbos-sdk@5.3.0'],
    durability: 'a transaction a step, on Postgres with fsync and synchronous_commit on, as ours',
    start: async () => {
      const { url, stop } = await startPostgres();
      return { where: { url }, stop };
    },
  },
  {
    name: 'restate',
    version: '1.7.12',
    packages: ['@restatedev/restate-server@1.7.12', '@restatedev/restate-sdk@1.17.2'],
    durability: 'its defaults: a log on one node, in RocksDB, fsync of its WAL at each batch of commits',
    start: startRestate,
  },
];

/**
 * The same steps on the peers, one peer after the other and when ours has ended, in as many rounds after the same warm-up;
 * what cannot be had here says why. Each is as its quick start has it, with its own defaults: DBOS is a library in one
 * process over Postgres, workflows started straight and not by a queue; Restate is a server that calls a service in
 * another process. (Ours is an API process over NATS and Postgres, and a worker.)
 *
 * A workflow's time is by its own clock, from before its first step to after its last was recorded. Ours is by the
 * record, from the lease to the end, and so has the lease's answer and the report of the end in it: the difference is in
 * the peers' favour. That both are as durable as they say was seen in their own counts, for 120 steps: 127 syncs of
 * Postgres' WAL (`pg_stat_wal`, DBOS), 230 of RocksDB's (`restate_rocksdb_wal_synced_total`, Restate).
 */
export async function measurePeers(work: Work, ours: Figures): Promise<readonly PeerReport[]> {
  const reports: PeerReport[] = [];
  for (const peer of PEERS) {
    const { name, version, durability } = peer;
    const found = await measured(peer, work).then(
      (figures) => ({
        ...figures,
        timesOurs: round(figures.stepsPerSecond / ours.stepsPerSecond),
        timesOursAtOnce: round(figures.stepsPerSecondAtOnce / ours.stepsPerSecondAtOnce),
      }),
      (error: unknown) => ({ absent: reasonOf(error) }),
    );
    reports.push({ name, version, durability, ...found });
  }
  return reports;
}

async function measured({ name, packages, start }: Peer, work: Work): Promise<Figures> {
  const folder = await installed(packages);
  const { where, stop } = await start(folder);
  try {
    const script = fileURLToPath(new URL(`peers/${name}.mjs`, import.meta.url));
    const asked = JSON.stringify({ folder, ...work, ...where });
    const { stdout } = await exec(process.execPath, [script, asked], { timeout: LONGEST_MS });
    const found = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as readonly Round[];
    const perSecond = (tasks: number, ms: number) => round((tasks * work.steps * 1000) / ms);
    return {
      taskMs: median(found.map(({ taskMs }) => taskMs)),
      stepsPerSecond: median(found.map(({ taskMs }) => perSecond(1, taskMs))),
      stepsPerSecondAtOnce: median(found.map(({ allMs }) => perSecond(work.tasks, allMs))),
    };
  } finally {
    await stop();
  }
}

type Round = Readonly<{ taskMs: number; allMs: number }>;

/** What a failed command said, else the error, in one line. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const said = 'stderr' in error ? String(error.stderr).trim() : '';
  const late = 'killed' in error && error.killed ? `not done in ${LONGEST_MS / 60_000} minutes; ` : '';
  return (late + (said || error.message)).replaceAll(/\s+/g, ' ').slice(0, 400);
}

/** Lines of the report. */
export const peerLines = (peer: PeerReport, { steps, tasks }: Work): readonly string[] => {
  const title = `${peer.name} ${peer.version}`;
  if ('absent' in peer) return [`${title}: not measured: ${peer.absent}`];
  return [
    `${title}: ${peer.durability}`,
    `  one workflow of ${steps} steps   ${peer.taskMs} ms, ${peer.stepsPerSecond} steps/s, ${peer.timesOurs} × ours`,
    `  ${tasks} such at once             ${peer.stepsPerSecondAtOnce} steps/s, ${peer.timesOursAtOnce} × ours`,
  ];
};
