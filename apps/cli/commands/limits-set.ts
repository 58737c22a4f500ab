import { InvalidArgumentError } from 'commander';
import { MeshError } from '#errors';
import { describeLimits } from '../limits.js';
import type { Limits, VersionedLimits } from '../limits.js';
import { integer } from '../parse.js';
import { examples } from '../verb.js';
import type { Call, Verb } from '../verb.js';

const HIGHEST = 1_000_000;

/** `none` lifts a limit. */
const limit = (text: string): number | 'none' => {
  if (text === 'none') return 'none';
  if (/^\d+$/.test(text)) return integer(1, HIGHEST)(text);
  throw new InvalidArgumentError('It must be a whole number, or none.');
};

type AgentLimits = Readonly<Record<string, number>>;

/** `shell=2`, once for each agent; `none` lifts them all. */
const agentLimit = (text: string, before: AgentLimits | 'none' | undefined): AgentLimits | 'none' => {
  if (text === 'none') return 'none';
  const [, agent, count] = /^([^=]+)=(\d+)$/.exec(text) ?? [];
  if (agent === undefined || count === undefined)
    throw new InvalidArgumentError('It must be an agent and a whole number, as in shell=2, or none.');
  return { ...(before === 'none' ? {} : before), [agent]: integer(1, HIGHEST)(count) };
};

type Changes = Readonly<{ [Name in keyof Limits]?: Limits[Name] | 'none' }>;

/** In the order in which they are shown. */
const NAMES = [
  'maxConcurrentTasks',
  'maxConcurrentTasksPerSession',
  'maxConcurrentTasksPerAgent',
  'maxQueuedTasks',
  'sessionWeight',
  'requestsPerMinute',
  'maxSessionsPerUser',
] as const satisfies readonly (keyof Limits)[];

export const limitsSet: Verb = (group, verbs) => {
  group
    .command('set')
    .description('change the limits that are named; the others stay')
    .option('--max-concurrent-tasks <n>', 'tasks that run at once; none lifts it', limit)
    .option('--max-concurrent-tasks-per-session <n>', 'of them, of one session; none lifts it', limit)
    .option(
      '--max-concurrent-tasks-per-agent <agent=n>',
      'of them, by one agent; once for each agent, and those not named are lifted; none lifts all',
      agentLimit,
    )
    .option('--max-queued-tasks <n>', 'tasks that wait for a worker; none lifts it', limit)
    .option('--session-weight <n>', 'turns of a session for one of another tenant, 1–100; none is 1', limit)
    .option('--requests-per-minute <n>', 'requests a minute of each user; none lifts it', limit)
    .option('--max-sessions-per-user <n>', 'live sessions of each user; none lifts it', limit)
    .addHelpText(
      'after',
      examples('coderclaw limits set --max-concurrent-tasks 50 --requests-per-minute none'),
    )
    .action(verbs.action(work));
};

async function work(call: Call, options: Changes): Promise<void> {
  const changes = NAMES.map((name) => [name, options[name]] as const).filter(
    ([, value]) => value !== undefined,
  );
  if (changes.length === 0)
    throw new MeshError('invalid_request', 'which limit should change is not said', {
      hint: 'see `coderclaw limits set --help`',
    });
  await call.api(async (api) => {
    const { limits, version } = await api.get<VersionedLimits>('/v1/limits');
    const kept = Object.entries<Changes[keyof Limits]>({
      ...limits,
      ...Object.fromEntries(changes),
    });
    const body = Object.fromEntries(kept.filter(([, value]) => value !== 'none'));
    const headers = { 'if-match': `"${version}"` };
    const now = await api.send<VersionedLimits>('PUT', '/v1/limits', { body, headers });
    await call.output.result(now, describeLimits);
  });
}
