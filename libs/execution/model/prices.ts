import type { Usage } from '#task';
import type { Price } from './choose-model.js';

/** US dollars for a million tokens, by family: the longest beginning of a model's name that is here counts. */
const PRICES: Readonly<Record<string, Price>> = {
  'gpt-5': { input: 1.25, output: 10 },
  'gpt-5-mini': { input: 0.25, output: 2 },
  'gpt-5-nano': { input: 0.05, output: 0.4 },
  'gpt-4.1': { input: 2, output: 8 },
  'gpt-4.1-mini': { input: 0.4, output: 1.6 },
  'gpt-4.1-nano': { input: 0.1, output: 0.4 },
  'gpt-4o': { input: 2.5, output: 10 },
  'gpt-4o-mini': { input: 0.15, output: 0.6 },
  o3: { input: 2, output: 8 },
  'o4-mini': { input: 1.1, output: 4.4 },
  'claude-opus-4': { input: 15, output: 75 },
  'claude-opus-4-5': { input: 5, output: 25 },
  'claude-sonnet-4': { input: 3, output: 15 },
  'claude-haiku-4': { input: 1, output: 5 },
  'gemini-2.5-pro': { input: 1.25, output: 10 },
  'gemini-2.5-flash': { input: 0.3, output: 2.5 },
  'gemini-2.5-flash-lite': { input: 0.1, output: 0.4 },
};

const FREE: Price = { input: 0, output: 0 };

/** What a call of a model used. A model whose price nobody knows costs nothing. */
export function usageOf(
  model: string,
  { inputTokens = 0, outputTokens = 0 }: Partial<Pick<Usage, 'inputTokens' | 'outputTokens'>>,
  ownPrices: Readonly<Record<string, Price>> = {},
): Usage {
  const price = priceOf(model, ownPrices) ?? priceOf(model, PRICES) ?? FREE;
  const costUsd = (inputTokens * price.input + outputTokens * price.output) / 1e6;
  return { inputTokens, outputTokens, costUsd };
}

/** A router's name for a model is the maker's, a slash, and the model's own. */
function priceOf(model: string, prices: Readonly<Record<string, Price>>): Price | undefined {
  const own = model.slice(model.lastIndexOf('/') + 1);
  const [family] = Object.keys(prices)
    .filter((name) => model.startsWith(name) || own.startsWith(name))
    .toSorted((a, b) => b.length - a.length);
  return family === undefined ? undefined : prices[family];
}
