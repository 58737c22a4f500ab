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

type Changes = Readonly<{ [Name in keyof Limits]?: number | 'none' }>;

export const limitsSet: Verb = (group, verbs) => {
  group
    .command('set')
    .description('change the limits that are named; the others stay')
    .option('--max-concurrent-tasks <n>', 'tasks that run at once; none lifts it', limit)
    .option('--requests-per-minute <n>', 'requests a minute of each user; none lifts it', limit)
    .option('--max-sessions-per-user <n>', 'live sessions of each user; none lifts it', limit)
    .addHelpText(
      'after',
      examples('coderclaw limits set --max-concurrent-tasks 50 --requests-per-minute none'),
    )
    .action(verbs.action(work));
};

async function work(call: Call, options: Changes): Promise<void> {
  const { maxConcurrentTasks, requestsPerMinute, maxSessionsPerUser } = options;
  const changes = Object.entries({ maxConcurrentTasks, requestsPerMinute, maxSessionsPerUser }).filter(
    ([, value]) => value !== undefined,
  );
  if (changes.length === 0)
    throw new MeshError('invalid_request', 'which limit should change is not said', {
      hint: 'see `coderclaw limits set --help`',
    });
  await call.api(async (api) => {
    const { limits, version } = await api.get<VersionedLimits>('/v1/limits');
    const kept: readonly [string, number | 'none'][] = Object.entries({
      ...limits,
      ...Object.fromEntries(changes),
    });
    const body = Object.fromEntries(kept.filter(([, value]) => value !== 'none'));
    const headers = { 'if-match': `"${version}"` };
    const now = await api.send<VersionedLimits>('PUT', '/v1/limits', { body, headers });
    await call.output.result(now, describeLimits);
  });
}
