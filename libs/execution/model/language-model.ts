import type { LanguageModel } from 'ai';
import { MeshError } from '#errors';
import type { ModelAccess, ProviderAccess, ProviderId } from './access.js';
import { isOpenAi } from './choose-model.js';
import type { ModelChoice } from './choose-model.js';

type Open = (access: ProviderAccess, model: string) => Promise<LanguageModel>;

/** Each SDK is loaded when a task first needs it. */
const OPEN: { readonly [Provider in ProviderId]: Open } = {
  openai: async (access, model) => {
    if (!isOpenAi(access.baseUrl)) return compatible('openai', access, model);
    const { createOpenAI } = await import('@ai-sdk/openai');
    return createOpenAI(settingsOf(access)).responses(model);
  },
  anthropic: async (access, model) => {
    const { createAnthropic } = await import('@ai-sdk/anthropic');
    return createAnthropic(settingsOf(access))(model);
  },
  google: async (access, model) => {
    const { createGoogleGenerativeAI } = await import('@ai-sdk/google');
    return createGoogleGenerativeAI(settingsOf(access))(model);
  },
  ollama: (access, model) => compatible('ollama', access, model),
};

const settingsOf = ({ apiKey, baseUrl }: ProviderAccess) => ({
  ...(apiKey === undefined ? {} : { apiKey }),
  ...(baseUrl === undefined ? {} : { baseURL: baseUrl }),
});

/** By Chat Completions, which every server of this kind speaks. */
async function compatible(name: string, access: ProviderAccess, model: string): Promise<LanguageModel> {
  const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
  const provider = createOpenAICompatible({
    ...settingsOf(access),
    name,
    baseURL: access.baseUrl ?? '',
    includeUsage: true,
  });
  return provider(model);
}

export type OpenModel = Readonly<{ provider: ProviderId; id: string; model: LanguageModel }>;

/** @throws {MeshError} `unsupported` where no model is named and the server cannot say which it has */
export async function openModel(
  { provider, model: name }: ModelChoice,
  access: ModelAccess,
  signal: AbortSignal,
): Promise<OpenModel> {
  const how = access.get(provider) ?? {};
  const id = name ?? (await firstModel(how, signal));
  return { provider, id, model: await OPEN[provider](how, id) };
}

async function firstModel({ apiKey, baseUrl }: ProviderAccess, signal: AbortSignal): Promise<string> {
  const authorization = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
  const found = await fetch(`${baseUrl}/models`, { headers: authorization, signal })
    .then(async (response) => (await response.json()) as { data?: readonly { id?: unknown }[] })
    .catch(() => null); // whatever it was: the way out is the same
  signal.throwIfAborted();
  const id = found?.data?.[0]?.id;
  if (typeof id === 'string') return id;
  throw new MeshError(
    'unsupported',
    `the server at ${baseUrl} does not say which models it has: set models.default, e.g. to openai/<model>`,
  );
}
