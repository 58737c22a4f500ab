import { MeshError } from '#errors';
import { secretIn } from '../secret-file.js';

export type ProviderId = 'openai' | 'anthropic' | 'google' | 'ollama';

/** How a provider is reached. Never logged, recorded, or given to a task's processes. */
export type ProviderAccess = Readonly<{ apiKey?: string | undefined; baseUrl?: string | undefined }>;

/** The providers that this worker can reach. */
export type ModelAccess = ReadonlyMap<ProviderId, ProviderAccess>;

type Variables = Readonly<{ key?: string; base: string; needsKey: boolean }>;

/** Which environment variables say how to reach whom. A key may also be in a file, which `<name>_FILE` names. */
export const VARIABLES = {
  openai: { key: 'OPENAI_API_KEY', base: 'OPENAI_BASE_URL', needsKey: false },
  anthropic: { key: 'ANTHROPIC_API_KEY', base: 'ANTHROPIC_BASE_URL', needsKey: true },
  google: { key: 'GOOGLE_GENERATIVE_AI_API_KEY', base: 'GOOGLE_GENERATIVE_AI_BASE_URL', needsKey: true },
  ollama: { base: 'OLLAMA_HOST', needsKey: false },
} as const satisfies Record<ProviderId, Variables>;

/** What to do where there is no provider. */
export const HOW_TO_CONFIGURE =
  'set OPENAI_API_KEY, OPENAI_BASE_URL, ANTHROPIC_API_KEY, GOOGLE_GENERATIVE_AI_API_KEY or OLLAMA_HOST in the environment of ' +
  'the worker (a key may be in a file: OPENAI_API_KEY_FILE)';

/** The files that hold keys. */
export const modelKeyFiles = (env: NodeJS.ProcessEnv): readonly string[] =>
  Object.values<Variables>(VARIABLES).flatMap(({ key }) => (key && env[`${key}_FILE`]) || []);

/** @throws {MeshError} `invalid_request` when a file of a key cannot be read */
export function modelAccessOf(env: NodeJS.ProcessEnv): ModelAccess {
  const providers = Object.entries(VARIABLES) as readonly [ProviderId, Variables][];
  return new Map(
    providers.flatMap(([provider, { key, base, needsKey }]) => {
      const apiKey = key && keyOf(env, key);
      const baseUrl = env[base] ? baseUrlOf(provider, env[base]) : undefined;
      const isConfigured = Boolean(apiKey) || (!needsKey && baseUrl !== undefined);
      return isConfigured ? [[provider, { apiKey, baseUrl }]] : [];
    }),
  );
}

function keyOf(env: NodeJS.ProcessEnv, name: string): string | undefined {
  if (env[name]) return env[name];
  const file = env[`${name}_FILE`];
  return file ? secretIn(file, `${name}_FILE`) : undefined;
}

function baseUrlOf(provider: ProviderId, value: string): string {
  const url = provider === 'ollama' && !value.includes('://') ? `http://${value}` : value;
  const field = VARIABLES[provider].base;
  if (!URL.canParse(url) || !/^https?:/.test(url))
    throw new MeshError('invalid_request', `${field}: "${value}" is not an http or https address`, { field });
  return (provider === 'ollama' ? ollamaBase(url) : url).replace(/\/+$/, '');
}

/** As Ollama's own clients read it: a host, with or without scheme and port. */
function ollamaBase(address: string): string {
  const url = new URL(address);
  if (url.port === '' && url.protocol === 'http:') url.port = '11434';
  if (url.hostname === '0.0.0.0') url.hostname = '127.0.0.1';
  return `${url.origin}/v1`;
}
