import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { modelAccessOf } from './access.js';
import { chooseModel } from './choose-model.js';
import { usageOf } from './prices.js';

const OPENAI = { OPENAI_API_KEY: 'k' };
const BOTH = { ...OPENAI, ANTHROPIC_API_KEY: 'a' };
const LOCAL = { OPENAI_BASE_URL: 'http://127.0.0.1:8000/v1/' };

describe('the model of a task', () => {
  it.each([
    ['the one provider’s own where there is one', OPENAI, {}, {}, 'openai/gpt-5'],
    ['the first of a compatible server', LOCAL, {}, {}, 'openai/'],
    ['the first that Ollama has', { OLLAMA_HOST: '0.0.0.0' }, {}, {}, 'ollama/'],
    ['the default', BOTH, { default: 'anthropic/claude-x' }, {}, 'anthropic/claude-x'],
    [
      'its agent’s, before the default',
      BOTH,
      { default: 'openai/a', agents: { a1: 'openai/b' } },
      {},
      'openai/b',
    ],
    [
      'the one it names, before all others',
      BOTH,
      { default: 'openai/a' },
      { model: 'openai/x/y' },
      'openai/x/y',
    ],
    ['by its own name where there is one provider', LOCAL, {}, { model: 'qwen/qwen3' }, 'openai/qwen/qwen3'],
  ])('is %s', (_what, env, settings, asked, model) => {
    const access = modelAccessOf(env);
    const chosen = chooseModel({ agentId: 'a1', ...asked }, settings, access);
    expect(`${chosen.provider}/${chosen.model ?? ''}`).toBe(model);
  });

  it.each([
    [{}, {}, 'no model provider is configured: set OPENAI_API_KEY'],
    [BOTH, {}, 'several providers are configured (openai, anthropic): set models.default'],
    [OPENAI, { model: 'google/gemini' }, 'needs GOOGLE_GENERATIVE_AI_API_KEY'],
    [BOTH, { model: 'gpt-5' }, 'names no provider: write <provider>/<model>'],
    [BOTH, { model: 'toString/x' }, 'names no provider'],
  ])('with %j and %j is refused: %s', (env, asked, message) => {
    const access = modelAccessOf(env);
    expect(() => chooseModel({ agentId: '__proto__', ...asked }, {}, access)).toThrow(message);
  });
});

describe('the providers of an environment', () => {
  it('have keys from files too, and addresses in one form', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'keys-')), 'key');
    writeFileSync(file, 'from a file\n');
    const access = modelAccessOf({ ANTHROPIC_API_KEY_FILE: file, ...LOCAL, OLLAMA_HOST: 'ollama:11434' });
    expect([...access]).toEqual([
      ['openai', { apiKey: undefined, baseUrl: 'http://127.0.0.1:8000/v1' }],
      ['anthropic', { apiKey: 'from a file', baseUrl: undefined }],
      ['ollama', { apiKey: undefined, baseUrl: 'http://ollama:11434/v1' }],
    ]);
  });

  it('are refused with the name of the variable when it is no address, or names a file that cannot be read', () => {
    expect(() => modelAccessOf({ OPENAI_BASE_URL: 'my server' })).toThrow(
      'OPENAI_BASE_URL: "my server" is not an http or https address',
    );
    expect(() => modelAccessOf({ OPENAI_API_KEY_FILE: '/nowhere/key' })).toThrow(
      /^OPENAI_API_KEY_FILE: ENOENT/,
    );
  });
});

describe('what a call cost', () => {
  it.each([
    ['gpt-5', 11.25],
    ['gpt-5-mini-2025-08-07', 2.25],
    ['anthropic/claude-sonnet-4-5', 18],
    ['nobody-knows', 0],
    ['mine-large', 3],
  ])('for a million tokens each way of %s is $%d', (model, costUsd) => {
    const used = { inputTokens: 1e6, outputTokens: 1e6 };
    expect(usageOf(model, used, { mine: { input: 1, output: 2 } })).toEqual({ ...used, costUsd });
  });
});
