import { HOW_TO_CONFIGURE, modelAccessOf } from '#execution';
import type { ModelAccess } from '#execution';
import { probe } from '#platform';
import type { Config, Probe } from '#platform';

/** What `coderclaw doctor` finds out about models here. A machine without one is none that is broken: others may have them. */
export async function modelProbe({ models }: Config, env: NodeJS.ProcessEnv = process.env): Promise<Probe> {
  let access: ModelAccess = new Map();
  const found = await probe('models', 'mend the variable, or the file that it names', () => {
    access = modelAccessOf(env);
    return access.size === 0
      ? 'no provider is configured: agents that are models do not run on this machine'
      : [...access].map(saidOf).join(', ');
  });
  if (!found.healthy) return found;
  if (access.size === 0) return { ...found, remedy: `${HOW_TO_CONFIGURE}; docs/agents.md` };
  if (access.size === 1 || models.default !== undefined) return found;
  return { ...found, remedy: 'there are several: say which with models.default in .coderClaw/runtime.yaml' };
}

/** No more of an address than its host: it may have a key in it. */
const saidOf = ([provider, { baseUrl }]: readonly [string, Readonly<{ baseUrl?: string | undefined }>]) =>
  baseUrl === undefined ? provider : `${provider} at ${new URL(baseUrl).host}`;
