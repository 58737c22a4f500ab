import { setTimeout as pause } from 'node:timers/promises';
import type { TaskHistoryEvent } from '#contract';
import { eventually } from '#test/mesh';
import type { Deployment, Started } from '#test/mesh';
import { percentiles, round } from './percentiles.js';
import type { Percentiles } from './percentiles.js';
import { cpuMs, rssMiB } from './processes.js';
import { Submitter } from './submitter.js';

/** What a load at full speed found. */
export type Throughput = Readonly<{
  submitPerSecond: number;
  completedPerSecond: number;
  cpuMsPerTask: number;
}>;

/** What one round found. */
export type Figures = Throughput & Readonly<{ startMs: Percentiles; doneMs: Percentiles; rssMiB: number }>;

export type Load = Readonly<{
  /** Tasks of the throughput part. */
  tasks: number;
  /** Connections that submit them at once. */
  connections: number;
  /** Tasks of the latency part, at `perSecond` evenly. */
  paced: number;
  perSecond: number;
}>;

type Client = Awaited<ReturnType<Deployment['client']>>;

/** Throughput first, then latency at a steady rate. `processes` are those whose work counts. */
export async function measure(
  deployment: Deployment,
  server: Started,
  processes: readonly Started[],
  load: Load,
): Promise<Figures> {
  const client = await deployment.client(server.port);
  const submitter = new Submitter(server.url, await deployment.token(), load.connections);
  await Promise.all(Array.from({ length: load.connections }, () => submitter.submit('warm')));
  await drained(client);
  const throughput = await fullSpeed(client, submitter, processes, load);
  const latency = await steady(client, submitter, load);
  submitter.close();
  return {
    ...throughput,
    ...latency,
    rssMiB: round(processes.reduce((sum, { pid }) => sum + rssMiB(pid), 0)),
  };
}

/** Submits over all connections at once, and waits until every task has ended. */
export async function fullSpeed(
  client: Client,
  submitter: Submitter,
  processes: readonly Started[],
  load: Pick<Load, 'tasks' | 'connections'>,
): Promise<Throughput> {
  const cpuBefore = cpuOf(processes);
  const started = performance.now();
  let left = load.tasks;
  const ids: string[] = [];
  const lane = async () => {
    while (left-- > 0) ids.push(await submitter.submit('no-op'));
  };
  await Promise.all(Array.from({ length: load.connections }, lane));
  const submitted = performance.now();
  await drained(client);
  const done = performance.now();
  return {
    submitPerSecond: Math.round((ids.length * 1000) / (submitted - started)),
    completedPerSecond: Math.round((ids.length * 1000) / (done - started)),
    cpuMsPerTask: round((cpuOf(processes) - cpuBefore) / ids.length),
  };
}

async function steady(client: Client, submitter: Submitter, { paced, perSecond }: Load) {
  const sent: Promise<Readonly<{ id: string; at: number }>>[] = [];
  const begin = performance.now();
  for (let index = 0; index < paced; index++) {
    await pause(Math.max(0, begin + (index * 1000) / perSecond - performance.now()));
    const at = Date.now();
    sent.push(submitter.submit('paced').then((id) => ({ id, at })));
  }
  const tasks = await Promise.all(sent);
  await drained(client);
  const start: number[] = [];
  const done: number[] = [];
  for (const { id, at } of tasks) {
    const events = await client.getTaskEvents(id);
    start.push(timeOf(events, 'TaskStarted') - at);
    done.push(timeOf(events, 'TaskCompleted') - at);
  }
  return { startMs: percentiles(start), doneMs: percentiles(done) };
}

const timeOf = (events: readonly TaskHistoryEvent[], type: TaskHistoryEvent['type']): number =>
  Date.parse(events.find((event) => event.type === type)?.timestamp ?? '');

const cpuOf = (processes: readonly Started[]) => processes.reduce((sum, { pid }) => sum + cpuMs(pid), 0);

/** Every task has ended, by the read model and by the queue. */
const drained = (client: Client) =>
  eventually(
    'every task has ended',
    async () => {
      const { activeTasks, queueDepth, projectionLag } = await client.getStatus();
      return activeTasks === 0 && queueDepth === 0 && projectionLag === 0;
    },
    300_000,
  );
