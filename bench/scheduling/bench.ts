import { parseArgs } from 'node:util';
import type { QueuedTask } from '#event-store';
import { FairQueue } from '#scheduling';
import { thisMachine } from '../machine.js';
import { median, round } from '../tasks/percentiles.js';

type Load = Readonly<{ tasks: number; sessions: number; kinds: number }>;

type Figures = Readonly<{ rebuildMs: number; dispatchUs: number; steadyUs: number }>;

/** What a worker of each kind can run: each can run the tasks that ask for its label, and those that ask for none. */
const KINDS = [[], ['gpu'], ['linux'], ['gpu', 'linux']] as const;

/**
 * `npm run bench -- scheduling`: building the queue in memory, giving away all that waits, and giving away while as many
 * come as go. Without a database: the queue alone.
 */
export async function bench(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'boolean', default: false },
      tasks: { type: 'string', default: '100000' },
      sessions: { type: 'string', default: '1000' },
      rounds: { type: 'string', default: '5' },
    },
  });
  const base = { tasks: Number(values.tasks), sessions: Number(values.sessions) };
  const cases = [1, KINDS.length].map((kinds) => ({
    ...base,
    kinds,
    ...medianOf(Array.from({ length: Number(values.rounds) }, () => measure({ ...base, kinds }))),
  }));
  const report = { machine: thisMachine(), cases };
  process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : `${table(report)}\n`);
}

/** Tasks as the table has them: sessions in turn, a few priorities, labels where there are kinds of workers. */
const tasksOf = ({ tasks, sessions, kinds }: Load, from = 0): readonly QueuedTask[] =>
  Array.from({ length: tasks }, (_, i) => ({
    taskId: `task-${from + i}`,
    tenant: `tenant-${i % 10}`,
    sessionId: `session-${i % sessions}`,
    agentId: 'shell',
    priority: i % 10,
    requires: KINDS[Math.floor(i / sessions) % kinds] ?? [],
    submittedAt: from + i,
    readyAt: null,
    place: from + i,
  }));

function measure(load: Load): Figures {
  const first = tasksOf(load);
  const more = tasksOf(load, load.tasks);
  const queue = new FairQueue();
  const profiles = KINDS.slice(0, load.kinds).map((labels) => queue.profile({ agents: ['shell'], labels }));
  const take = (turn: number): boolean => {
    const profile = profiles[turn % profiles.length];
    const task = profile && queue.take(profile);
    if (task) queue.release(task.taskId);
    return task !== undefined;
  };
  const rebuildMs = timed(() => {
    for (const task of first) queue.put(task, 0);
    for (const tenant of queue.tenantIds()) queue.limit(tenant, SHARE);
  });
  const steadyMs = timed(() => {
    for (const [turn, task] of more.entries()) {
      take(turn);
      queue.put(task, 0);
    }
  });
  const waiting = queue.size;
  const dispatchMs = timed(() => {
    for (let turn = 0; queue.size > 0; turn++) take(turn);
  });
  return { rebuildMs, steadyUs: perTask(steadyMs, load.tasks), dispatchUs: perTask(dispatchMs, waiting) };
}

const SHARE = { tasks: 1_000, perSession: 100, perAgent: new Map([['shell', 500]]), sessionWeight: 1 };

/** Milliseconds of CPU: on a machine that does nothing else, as long as it takes. */
function timed(work: () => void): number {
  const begun = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / 1_000;
}

const perTask = (ms: number, tasks: number): number => (ms * 1_000) / tasks;

const medianOf = (rounds: readonly Figures[]): Figures => ({
  rebuildMs: median(rounds.map(({ rebuildMs }) => rebuildMs)),
  dispatchUs: median(rounds.map(({ dispatchUs }) => dispatchUs)),
  steadyUs: median(rounds.map(({ steadyUs }) => steadyUs)),
});

type Report = Readonly<{ machine: string; cases: readonly (Load & Figures)[] }>;

const table = ({ machine, cases }: Report): string =>
  [
    machine,
    ...cases.map(
      ({ tasks, sessions, kinds, rebuildMs, dispatchUs, steadyUs }) =>
        `${tasks} tasks, ${sessions} sessions, ${kinds} kinds of workers: built in ${round(rebuildMs)} ms of CPU, ` +
        `${round(dispatchUs)} µs a dispatch, ${round(steadyUs)} µs a dispatch and an arrival`,
    ),
  ].join('\n');
