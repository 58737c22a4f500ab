import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { aDeployment } from '#test/mesh';
import type { Deployment, Started } from '#test/mesh';
import { thisMachine } from '../machine.js';
import { SETTINGS } from '../tasks/bench.js';
import { fullSpeed } from '../tasks/measure.js';
import { cpuMsWithChildren } from '../tasks/processes.js';
import type { Throughput } from '../tasks/measure.js';
import { median, round } from '../tasks/percentiles.js';
import { Submitter } from '../tasks/submitter.js';

const OPEN_GATE = fileURLToPath(new URL('../../bench/gate-throughput/open-gate.mjs', import.meta.url));

type Name = 'gated' | 'open';
/** `cpuMsPerTask` is that of our processes; Postgres' comes beside it. */
type Found = Throughput & Readonly<{ postgresCpuMsPerTask: number }>;

type Subject = Readonly<{
  name: Name;
  deployment: Deployment;
  processes: readonly Started[];
  round: (tasks: number) => Promise<Found>;
}>;

/**
 * `npm run bench -- gate-throughput`: what the gate takes from the spine's benchmark. Two whole deployments, one as it is
 * shipped and one whose gate neither judges nor records, take the same load in alternating rounds.
 */
export async function bench(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'boolean', default: false },
      tasks: { type: 'string', default: '2000' },
      rounds: { type: 'string', default: '7' },
      connections: { type: 'string', default: '64' },
    },
  });
  const connections = Number(values.connections);
  const subjects = [
    await aSubject('gated', {}, connections),
    await aSubject('open', { NODE_OPTIONS: `--import=${OPEN_GATE}` }, connections),
  ];
  try {
    const report = await compared(subjects, Number(values.tasks), Number(values.rounds));
    process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : `${table(report)}\n`);
  } finally {
    for (const { deployment } of subjects) await deployment.close();
  }
}

async function aSubject(
  name: Subject['name'],
  env: NodeJS.ProcessEnv,
  connections: number,
): Promise<Subject> {
  const deployment = await aDeployment('remote-enabled', { env: SETTINGS, ownPostgres: true });
  const server = await deployment.start({ roles: 'api,projector', env });
  const processes = [server, await deployment.start({ roles: 'worker' })];
  const client = await deployment.client(server.port);
  const token = await deployment.token();
  const postgres = Number(
    readFileSync(`${deployment.postgres?.dataDir}/postmaster.pid`, 'utf8').split('\n')[0],
  );
  return {
    name,
    deployment,
    processes,
    round: async (tasks) => {
      const submitter = new Submitter(server.url, token, connections);
      const before = cpuMsWithChildren(postgres);
      const found = await fullSpeed(client, submitter, processes, { tasks, connections });
      const postgresCpuMsPerTask = (cpuMsWithChildren(postgres) - before) / tasks;
      submitter.close();
      return { ...found, postgresCpuMsPerTask: round(postgresCpuMsPerTask) };
    },
  };
}

async function compared(subjects: readonly Subject[], tasks: number, rounds: number) {
  for (const subject of subjects) await subject.round(tasks); // warms everything up
  const found = { gated: [] as Found[], open: [] as Found[] };
  for (let turn = 0; turn < rounds; turn++) {
    process.stderr.write(`round ${turn + 1} of ${rounds}\n`);
    const order = turn % 2 === 0 ? subjects : subjects.toReversed();
    for (const { name, round: once } of order) found[name].push(await once(tasks));
  }
  const adds = (figure: (one: Found) => number) =>
    round(
      median(found.gated.map((gated, turn) => (figure(gated) / figure(found.open[turn] as Found) - 1) * 100)),
    );
  return {
    machine: thisMachine(),
    tasks,
    rounds,
    gated: medians(found.gated),
    open: medians(found.open),
    /** In percent, the median of rounds that were neighbours in time. */
    gateAdds: {
      time: adds(({ completedPerSecond }) => 1 / completedPerSecond),
      cpu: adds(({ cpuMsPerTask, postgresCpuMsPerTask }) => cpuMsPerTask + postgresCpuMsPerTask),
    },
  };
}

const medians = (rounds: readonly Found[]): Found => {
  const of = (figure: keyof Found) => median(rounds.map((one) => one[figure]));
  return {
    submitPerSecond: of('submitPerSecond'),
    completedPerSecond: of('completedPerSecond'),
    cpuMsPerTask: of('cpuMsPerTask'),
    postgresCpuMsPerTask: of('postgresCpuMsPerTask'),
  };
};

const table = ({
  machine,
  tasks,
  rounds,
  gated,
  open,
  gateAdds,
}: Awaited<ReturnType<typeof compared>>): string =>
  [
    `${machine}; ${rounds} alternating rounds of ${tasks} tasks over HTTP, Postgres and NATS; medians`,
    '',
    ...Object.entries({ gated, open }).map(
      ([name, { submitPerSecond, completedPerSecond, cpuMsPerTask, postgresCpuMsPerTask }]) =>
        `${name.padEnd(6)} ${submitPerSecond} submits/s  ${completedPerSecond} completed/s  ${cpuMsPerTask} + ${postgresCpuMsPerTask} CPU ms/task, ours + Postgres'`,
    ),
    `the gate adds ${gateAdds.time} % to the time of a task's way, ${gateAdds.cpu} % to its CPU`,
  ].join('\n');
