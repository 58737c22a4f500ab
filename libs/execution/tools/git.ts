import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { scrubbed } from '../environment.js';

const run = promisify(execFile);

/** No settings but the repository's own, and no way out of this machine. */
const ENVIRONMENT = {
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_ALLOW_PROTOCOL: 'none',
  GIT_NO_LAZY_FETCH: '1',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_TERMINAL_PROMPT: '0',
};

/** Commands that a repository's settings could have run on us. */
const HARMLESS: readonly (readonly [string, string])[] = [
  ['core.fsmonitor', 'false'],
  ['core.hooksPath', '/dev/null'],
];

type Place = Readonly<{ cwd: string; signal: AbortSignal }>;

/** Asks git in a folder that nobody trusts: reading it runs nothing that its settings name. */
export async function askGit(args: readonly string[], place: Place): Promise<string> {
  return ask(args, place, [...HARMLESS, ...(await withoutFilters(place))]);
}

/** Filters are commands too, which attributes name and git runs while it compares. */
async function withoutFilters(place: Place): Promise<readonly (readonly [string, string])[]> {
  const names = ['config', '--name-only', '--null', '--get-regexp', '^filter[.]'];
  const found = await ask(names, place, HARMLESS).catch(() => ''); // there are none
  return found
    .split('\0')
    .filter((name) => name !== '')
    .map((name) => [name, name.endsWith('.required') ? 'false' : ''] as const);
}

async function ask(
  args: readonly string[],
  { cwd, signal }: Place,
  settings: readonly (readonly [string, string])[],
): Promise<string> {
  const counted = settings.flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, key],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ]);
  const set = { GIT_CONFIG_COUNT: String(settings.length), ...Object.fromEntries(counted) };
  const { stdout } = await run('git', ['--no-pager', ...args], {
    cwd,
    signal,
    env: { ...scrubbed(process.env), ...ENVIRONMENT, ...set },
    maxBuffer: 8 * 1024 * 1024,
    timeout: 30_000,
  });
  return stdout;
}
