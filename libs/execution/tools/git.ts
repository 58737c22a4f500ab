import { MeshError } from '#errors';
import { trustedProgram } from '../sandbox/bubblewrap.js';
import { HARMLESS, WARY } from '../wary-git.js';
import type { ToolContext } from './tool.js';

/** No settings but the repository's own, and no way out of this machine. */
const ENVIRONMENT = { GIT_ALLOW_PROTOCOL: 'none', GIT_NO_LAZY_FETCH: '1', ...WARY };

type Look = ToolContext['look'];

/**
 * Asks git in a folder that nobody trusts. Reading it runs nothing that its settings name; what does run, should git know
 * of another way, runs as a task's own.
 */
export async function askGit(args: readonly string[], look: Look): Promise<string> {
  const ask = asking(look);
  return ask(args, [...HARMLESS, ...(await withoutFilters(ask))]);
}

type Settings = readonly (readonly [string, string])[];
type Ask = (args: readonly string[], settings: Settings) => Promise<string>;

/** Filters are commands too, which attributes name and git runs while it compares. */
async function withoutFilters(ask: Ask): Promise<Settings> {
  const names = ['config', '--name-only', '--null', '--get-regexp', '^filter[.]'];
  const found = await ask(names, HARMLESS).catch(unlessNone);
  return found
    .split('\0')
    .filter((name) => name !== '')
    .map((name) => [name, name.endsWith('.required') ? 'false' : ''] as const);
}

/** Git fails where there are none. */
function unlessNone(error: unknown): string {
  if (error instanceof MeshError && error.code === 'invalid_request') return '';
  throw error;
}

function asking(look: Look): Ask {
  const git = trustedProgram('git');
  if (git === null) throw new MeshError('unsupported', 'this worker has no git');
  return (args, settings) => {
    const counted = settings.flatMap(([key, value], index) => [
      [`GIT_CONFIG_KEY_${index}`, key],
      [`GIT_CONFIG_VALUE_${index}`, value],
    ]);
    const set = { GIT_CONFIG_COUNT: String(settings.length), ...Object.fromEntries(counted) };
    return look([git, '--no-pager', ...args], { ...ENVIRONMENT, ...set });
  };
}
