import { describe, expect, it } from 'vitest';
import { loadConfig } from '#platform';
import { modelProbe } from './model-probe.js';

const said = (env: NodeJS.ProcessEnv, models = {}) =>
  modelProbe(loadConfig({ cwd: '/nowhere', home: '/nowhere', env: {}, flags: { models } }), env);

describe('doctor, of models', () => {
  it('says which providers there are, and nothing of their keys', async () => {
    const env = { OPENAI_BASE_URL: 'http://me:secret@127.0.0.1:8000/v1', ANTHROPIC_API_KEY: 'sk-secret' };
    const models = { default: 'openai/small' };
    const detail = 'openai at 127.0.0.1:8000, anthropic';
    expect(await said(env, models)).toEqual({ name: 'models', healthy: true, detail });
    expect(await said(env)).toMatchObject({
      healthy: true,
      remedy: expect.stringContaining('models.default'),
    });
  });

  it('finds no fault with a machine that has none, and says what to set', async () => {
    expect(await said({})).toEqual({
      name: 'models',
      healthy: true,
      detail: 'no provider is configured: agents that are models do not run on this machine',
      remedy: expect.stringMatching(/^set OPENAI_API_KEY, .*OLLAMA_HOST/),
    });
  });

  it.each([{ OPENAI_BASE_URL: 'localhost' }, { ANTHROPIC_API_KEY_FILE: '/nowhere/key' }])(
    'finds fault with %j, by the name of the variable',
    async (env) => {
      const { healthy, detail } = await said(env);
      expect([healthy, detail]).toEqual([false, expect.stringContaining(Object.keys(env)[0] ?? '')]);
    },
  );
});
