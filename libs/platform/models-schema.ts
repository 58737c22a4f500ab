import { z } from 'zod';
import { nameSchema } from '#contract';

const PROVIDERS = ['openai', 'anthropic', 'google', 'ollama'];

const modelName = z
  .string()
  .max(256)
  .refine(
    (name) =>
      PROVIDERS.some((provider) => name.startsWith(`${provider}/`) && name.length > provider.length + 1),
    `must be <provider>/<model>, the provider one of ${PROVIDERS.join(', ')}; e.g. openai/gpt-5`,
  );

const price = z.number().min(0).max(100_000);

/** Which model each agent speaks through, and what models cost. Keys are never here: a worker has them in its environment. */
export const modelsSchema = z.strictObject({
  /** For agents that have none of their own. */
  default: modelName.optional(),
  agents: z.record(nameSchema, modelName).optional(),
  /** US dollars for a million tokens, by model or the beginning of its name; before the built-in table. */
  prices: z.record(z.string().min(1).max(256), z.strictObject({ input: price, output: price })).optional(),
  /** How often a task may call its model before it is stopped. @default 50 */
  maxTurns: z.int().min(1).max(10_000).optional(),
});
