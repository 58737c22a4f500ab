import type { JsonObject } from '#task';
import type { ProviderId } from './access.js';

const LEVELS = ['low', 'medium', 'high'] as const;
type Level = (typeof LEVELS)[number];

const TOKENS = { low: 2_048, medium: 8_192, high: 24_576 } as const satisfies Record<Level, number>;

const OPTIONS: { readonly [Provider in ProviderId]: (level: Level) => JsonObject } = {
  openai: (level) => ({ reasoningEffort: level }),
  anthropic: (level) => ({ thinking: { type: 'enabled', budgetTokens: TOKENS[level] } }),
  google: (level) => ({ thinkingConfig: { thinkingBudget: TOKENS[level] } }),
  ollama: (level) => ({ reasoningEffort: level }),
};

/** How hard a model is to think, in its provider's words; what none of them knows is left to the model. */
export function thinkingOptions(
  provider: ProviderId,
  thinking: string | undefined,
): Readonly<Record<string, JsonObject>> | undefined {
  const level = LEVELS.find((each) => each === thinking);
  return level && { [provider]: OPTIONS[provider](level) };
}
