import { parseArgs } from 'node:util';
import { aDeployment } from '#test/mesh';
import { thisMachine } from '../machine.js';
import { readVersion } from './version.js';
import { measure } from './measure.js';
import type { Figures, Load } from './measure.js';
import { median } from './percentiles.js';

type Mode = 'local-only' | 'remote-enabled';

const DURABILITY = {
  'local-only': 'PGlite on disk; survives kill -9, see the README on power loss',
  'remote-enabled': 'Postgres with fsync and synchronous_commit on; events published to NATS JetStream',
} as const satisfies Record<Mode, string>;

/** Room for as many tasks as a load has. */
export const SETTINGS = {
  CODERCLAW_WORKER_SLOTS: '400',
  CODERCLAW_MAX_CONCURRENT_TASKS: '400',
  CODERCLAW_LOG_LEVEL: 'error',
};

/** `npm run bench -- tasks`: how many no-op tasks a second, and how long one takes. */
export async function bench(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'boolean', default: false },
      tasks: { type: 'string', default: '5000' },
      rounds: { type: 'string', default: '3' },
      connections: { type: 'string', default: '64' },
      mode: { type: 'string', multiple: true, default: ['local-only', 'remote-enabled'] },
    },
  });
  const load = {
    tasks: Number(values.tasks),
    connections: Number(values.connections),
    paced: 250,
    perSecond: 50,
  };
  const rounds = Number(values.rounds);
  const systems = [];
  for (const mode of values.mode as Mode[]) {
    const found: Figures[] = [];
    for (let round = 1; round <= rounds; round++) {
      say(`${mode}: round ${round} of ${rounds}`);
      found.push(await oneRound(mode, load));
    }
    systems.push({
      name: `coderclaw ${mode}`,
      version: readVersion(),
      durability: DURABILITY[mode],
      ...medianOf(found),
    });
  }
  const report = { machine: thisMachine(), rounds, systems };
  process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : `${table(report)}\n`);
}

const say = (text: string) => void process.stderr.write(`${text}\n`);

async function oneRound(mode: Mode, load: Load): Promise<Figures> {
  const deployment = await aDeployment(mode, { env: SETTINGS, ownPostgres: true });
  try {
    const apart = mode === 'remote-enabled';
    const server = await deployment.start(apart ? { roles: 'api,projector' } : {});
    const processes = apart ? [server, await deployment.start({ roles: 'worker' })] : [server];
    return await measure(deployment, server, processes, load);
  } finally {
    await deployment.close();
  }
}

const medianOf = (rounds: readonly Figures[]): Figures => {
  const of = (pick: (figures: Figures) => number) => median(rounds.map(pick));
  return {
    submitPerSecond: of((figures) => figures.submitPerSecond),
    completedPerSecond: of((figures) => figures.completedPerSecond),
    startMs: { p50: of(({ startMs }) => startMs.p50), p99: of(({ startMs }) => startMs.p99) },
    doneMs: { p50: of(({ doneMs }) => doneMs.p50), p99: of(({ doneMs }) => doneMs.p99) },
    cpuMsPerTask: of((figures) => figures.cpuMsPerTask),
    rssMiB: of((figures) => figures.rssMiB),
  };
};

function table({
  machine,
  rounds,
  systems,
}: {
  machine: string;
  rounds: number;
  systems: readonly (Figures & { name: string })[];
}): string {
  const rows = systems.map(
    ({ name, submitPerSecond, completedPerSecond, startMs, doneMs, cpuMsPerTask, rssMiB }) =>
      [
        name,
        submitPerSecond,
        completedPerSecond,
        `${startMs.p50} / ${startMs.p99}`,
        `${doneMs.p50} / ${doneMs.p99}`,
        cpuMsPerTask,
        Math.round(rssMiB),
      ].map(String),
  );
  const head = [
    'system',
    'submits/s',
    'completed/s',
    'submit→start ms p50 / p99',
    'submit→done ms p50 / p99',
    'CPU ms/task',
    'RSS MiB',
  ];
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
  return [`${machine}; median of ${rounds} rounds`, '', line(head), ...rows.map(line)].join('\n');
}
