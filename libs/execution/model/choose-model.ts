import { MeshError } from '#errors';
import { HOW_TO_CONFIGURE, VARIABLES } from './access.js';
import type { ModelAccess, ProviderId } from './access.js';

export type ModelSettings = Readonly<{
  /** `<provider>/<model>` for agents that have none of their own. */
  default?: string | undefined;
  /** The same by agent. */
  agents?: Readonly<Record<string, string>> | undefined;
  /** US dollars for a million tokens, by model or the beginning of its name; before the built-in table. */
  prices?: Readonly<Record<string, Price>> | undefined;
  /** @default 50 */
  maxTurns?: number | undefined;
}>;

export type Price = Readonly<{ input: number; output: number }>;

/** A model to speak to; none named is the first that its server has. */
export type ModelChoice = Readonly<{ provider: ProviderId; model: string | undefined }>;

const DEFAULT_MODEL = {
  openai: 'gpt-5',
  anthropic: 'claude-sonnet-4-5',
  google: 'gemini-2.5-pro',
  ollama: undefined,
} as const satisfies Record<ProviderId, string | undefined>;

/**
 * The model of a task: the one it names, its agent's, or the default.
 *
 * @throws {MeshError} `unsupported`, naming the setting to add
 */
export function chooseModel(
  { agentId, model: asked }: Readonly<{ agentId: string; model?: string | undefined }>,
  settings: ModelSettings,
  access: ModelAccess,
): ModelChoice {
  const name = asked ?? new Map(Object.entries(settings.agents ?? {})).get(agentId) ?? settings.default;
  const [only, ...others] = access.keys();
  if (only === undefined) throw refusal(`no model provider is configured: ${HOW_TO_CONFIGURE}`);
  if (name === undefined && others.length > 0)
    throw refusal(`several providers are configured (${[...access.keys()].join(', ')}): set models.default`);
  if (name === undefined) return { provider: only, model: defaultModelOf(only, access) };
  return named(name, access, others.length > 0 ? undefined : only);
}

/** What speaks Chat Completions at an address of its own has its own models. */
const defaultModelOf = (provider: ProviderId, access: ModelAccess): string | undefined =>
  isOpenAi(access.get(provider)?.baseUrl) || provider !== 'openai' ? DEFAULT_MODEL[provider] : undefined;

/** Whether a base address is OpenAI's own. */
export const isOpenAi = (baseUrl: string | undefined): boolean =>
  baseUrl === undefined || new URL(baseUrl).hostname === 'api.openai.com';

function named(name: string, access: ModelAccess, only: ProviderId | undefined): ModelChoice {
  const slash = name.indexOf('/');
  const provider = name.slice(0, Math.max(0, slash));
  if (!isProvider(provider)) {
    if (only !== undefined) return { provider: only, model: name };
    throw refusal(`the model "${name}" names no provider: write <provider>/<model>, e.g. openai/gpt-5`);
  }
  if (access.has(provider)) return { provider, model: name.slice(slash + 1) };
  throw refusal(
    `the model "${name}" needs ${keyNameOf(provider)}, which is not set in the environment of the worker`,
  );
}

const isProvider = (name: string): name is ProviderId => Object.hasOwn(VARIABLES, name);

/** The variable without which a provider cannot be reached. */
export const keyNameOf = (provider: ProviderId): string =>
  provider === 'ollama' ? VARIABLES.ollama.base : VARIABLES[provider].key;

const refusal = (message: string): MeshError => new MeshError('unsupported', message);
