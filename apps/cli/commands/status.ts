import type { HealthCheck, RuntimeStatus, WorkerInfo } from '#contract';
import { EXIT } from '../exit-codes.js';
import { facts, table, when } from '../table.js';
import type { Column } from '../table.js';
import { examples } from '../verb.js';
import type { Call, Verb } from '../verb.js';

const CHECKS: readonly Column<HealthCheck>[] = [
  { title: 'CHECK', of: ({ name }) => name },
  { title: 'HEALTHY', of: ({ healthy }) => (healthy ? 'yes' : 'no') },
  { title: 'DETAIL', of: ({ detail }) => detail },
];

const WORKERS: readonly Column<WorkerInfo>[] = [
  { title: 'WORKER', of: ({ id }) => id, width: 40 },
  { title: 'CONNECTED', of: ({ connected }) => (connected ? 'yes' : 'no') },
  { title: 'FREE', of: ({ free }) => free },
  { title: 'HOLDS', of: ({ held }) => held },
  { title: 'LABELS', of: ({ labels }) => labels.join(', '), width: 40 },
  { title: 'LAST SEEN', of: ({ lastBeatAt }) => when(lastBeatAt) },
];

export const status: Verb = (program, verbs) => {
  program
    .command('status')
    .description('how the runtime is doing; exit code 5 if it is not healthy')
    .option('--workers', 'list the workers instead')
    .addHelpText('after', examples('coderclaw status', 'coderclaw status --workers --json'))
    .action(
      verbs.action((call, { workers }: { workers?: boolean }) =>
        workers ? listWorkers(call) : showStatus(call),
      ),
    );
};

const listWorkers = (call: Call) =>
  call.reading(async (api) => {
    const answer = await api.get<{ workers: readonly WorkerInfo[] }>('/v1/workers');
    await call.output.rows(answer.workers, WORKERS, 'no workers');
  });

const showStatus = (call: Call) =>
  call.runtime('log', async ({ runtime, served }) => {
    const found = await runtime.getStatus();
    await call.output.result(found, describe);
    if (!served) await call.output.note('no server is running: this is what the data folder says');
    return found.healthy ? EXIT.done : EXIT.unavailable;
  });

function describe(found: RuntimeStatus): string {
  const about = facts([
    ['version', found.version],
    ['mode', found.mode],
    ['healthy', found.healthy ? 'yes' : 'no'],
    ['uptime', `${Math.round(found.uptime)} s`],
    ['tasks', `${found.activeTasks} active, ${found.totalTasks} in all`],
    ['waiting for a worker', found.queueDepth],
    ['workers', found.workers],
    ['read models behind', found.projectionLag === undefined ? undefined : `${found.projectionLag} commits`],
  ]);
  return found.checks.length === 0 ? about : `${about}\n\n${table(found.checks, CHECKS)}`;
}
