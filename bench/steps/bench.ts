import { parseArgs } from 'node:util';
import { Client } from 'pg';
import { BusControlPlane, SilentLogger } from '#contract';
import type { Grant } from '#contract';
import { Executor, Worker } from '#execution';
import type { ExecutionContext, Outcome } from '#execution';
import { NatsBus, connectNats } from '#streaming';
import { aDeployment, checkRecord, eventually } from '#test/mesh';
import type { Deployment } from '#test/mesh';
import { thisMachine } from '../machine.js';
import { SETTINGS } from '../tasks/bench.js';
import { median, round } from '../tasks/percentiles.js';
import { measurePeers, peerLines } from './peers.js';
import type { Figures, PeerReport, Work } from './peers.js';

/** Does as many steps as the input says, one after the other; a step does nothing but be recorded. */
class StepsExecutor extends Executor {
  override async run({ input }: Grant, { step }: ExecutionContext): Promise<Outcome> {
    for (let n = 1; n <= Number(input); n++)
      await step(`step:${n}`, 'bench', () => Promise.resolve({ result: n }));
    return { type: 'Completed', data: { output: 'done' } };
  }
}

type Round = Figures & Readonly<{ commits: number }>;

/**
 * `npm run bench -- steps`: what a step costs that does nothing but be durable. Postgres with fsync, NATS, the API process
 * as it is shipped; the worker is in this process, and reports over the broker as any other. `--peers` does the same on
 * DBOS and Restate, when ours has ended (peers.ts says how); it installs them into `.cache/` the first time.
 */
export async function bench(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'boolean', default: false },
      peers: { type: 'boolean', default: false },
      steps: { type: 'string', default: '40' },
      tasks: { type: 'string', default: '20' },
      rounds: { type: 'string', default: '5' },
    },
  });
  const [steps, tasks, rounds] = [values.steps, values.tasks, values.rounds].map(Number) as [
    number,
    number,
    number,
  ];
  const work = { steps, tasks, rounds };
  const ours = await measureOurs(work);
  const report = { ...ours, peers: values.peers ? await measurePeers(work, ours) : [] };
  process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : `${text(report)}\n`);
}

async function measureOurs({ steps, tasks, rounds }: Work): Promise<Ours> {
  const deployment = await aDeployment('remote-enabled', { env: SETTINGS, ownPostgres: true });
  try {
    const found = await measured(deployment, { steps, tasks, rounds });
    const of = (pick: (each: Round) => number) => median(found.map(pick));
    return {
      machine: thisMachine(),
      steps,
      rounds,
      taskMs: of(({ taskMs }) => taskMs),
      stepsPerSecond: of(({ stepsPerSecond }) => stepsPerSecond),
      tasksAtOnce: tasks,
      stepsPerSecondAtOnce: of(({ stepsPerSecondAtOnce }) => stepsPerSecondAtOnce),
      commitsPerTask: of(({ commits }) => commits),
    };
  } finally {
    await deployment.close();
  }
}

async function measured(deployment: Deployment, { steps, tasks, rounds }: Work): Promise<readonly Round[]> {
  const { port } = await deployment.start({ roles: 'api,projector' });
  const client = await deployment.client(port);
  const stop = await startWorker(deployment);
  try {
    const submit = () => client.submitTask({ description: 'steps', input: String(steps), agentId: 'echo' });
    const run = async (count: number) => {
      const ids = await Promise.all(Array.from({ length: count }, async () => (await submit()).id));
      const states = await checkRecord(client, ids);
      return states.map(({ id, startedAt, completedAt }) => ({
        id,
        from: ms(startedAt),
        to: ms(completedAt),
      }));
    };
    await run(1);
    const found: Round[] = [];
    for (let n = 0; n < rounds; n++) {
      const [one] = await run(1);
      const many = await run(tasks);
      const taskMs = one ? one.to - one.from : Number.NaN;
      const allMs = Math.max(...many.map(({ to }) => to)) - Math.min(...many.map(({ from }) => from));
      found.push({
        taskMs,
        stepsPerSecond: round((steps * 1000) / taskMs),
        stepsPerSecondAtOnce: round((tasks * steps * 1000) / allMs),
        commits: await commitsOf(deployment, one?.id ?? ''),
      });
    }
    return found;
  } finally {
    await stop();
  }
}

const ms = (at: string | undefined): number => Date.parse(at ?? '');

async function startWorker({ nats }: Deployment): Promise<() => Promise<void>> {
  const logger = new SilentLogger();
  const connection = connectNats(nats?.url ?? '', { name: 'bench', logger });
  const bus = new NatsBus(connection, logger);
  const executors = new Map([['echo', new StepsExecutor()]]);
  const controlPlane = new BusControlPlane(bus);
  const worker = new Worker({ controlPlane, workerId: 'bench', executors, workspace: '/', slots: 100 });
  await connection;
  await eventually('the worker is heard', async () => (await worker.start(), true));
  return async () => {
    await worker.stop();
    await bus.close();
  };
}

/** Rows of the log: one for each commit of the task. */
async function commitsOf({ postgres }: Deployment, taskId: string): Promise<number> {
  const database = new Client({ connectionString: postgres?.url });
  await database.connect();
  try {
    const { rows } = await database.query<{ commits: string }>(
      'select count(distinct commit_id) as commits from commit_log where task_id = $1',
      [taskId],
    );
    return Number(rows[0]?.commits);
  } finally {
    await database.end();
  }
}

type Ours = Figures &
  Readonly<{ machine: string; steps: number; rounds: number; tasksAtOnce: number; commitsPerTask: number }>;

type Report = Ours & Readonly<{ peers: readonly PeerReport[] }>;

const text = (report: Report): string =>
  [
    `${report.machine}; median of ${report.rounds} rounds`,
    '',
    `one task of ${report.steps} steps, one after the other   ${report.taskMs} ms, ${report.stepsPerSecond} steps/s`,
    `${report.tasksAtOnce} such tasks at once                     ${report.stepsPerSecondAtOnce} steps/s`,
    `commits of a task: submit, lease, start, ${report.steps} steps, end ${report.commitsPerTask}`,
    ...report.peers.flatMap((peer) => ['', ...peerLines(peer, { ...report, tasks: report.tasksAtOnce })]),
  ].join('\n');
