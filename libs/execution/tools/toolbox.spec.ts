import { describe, expect, it } from 'vitest';
import { MeshError } from '#errors';
import type { ToolContext } from './tool.js';
import { builtInTools, useTool } from './toolbox.js';
import { SKILLS, aWorkspace } from './tools-in-test.contract.js';

const { place, context, use } = aWorkspace();
const over = () => Promise.reject(new MeshError('fenced', 'over'));

/** Ends only when it is stopped. */
const hanging: ToolContext['command'] = (_line, signal) =>
  new Promise((resolve) => {
    signal.addEventListener('abort', () =>
      resolve({
        type: 'Failed',
        data: { error: 'killed by SIGTERM', output: `${'x'.repeat(40_000)}end` },
      }),
    );
  });

describe('a command', () => {
  it('that takes too long is stopped, and its output told from the end', async () => {
    const answer = await use('shell-exec', { command: 'sleep 9', timeoutMs: 100 }, { command: hanging });
    expect(answer).toMatch(/^stopped after 100 ms\n\[cut: 7235 characters before\]\n/);
    expect(answer.endsWith('end')).toBe(true);
  });
});

describe('any tool', () => {
  it('is used only after it was allowed, and told what for', async () => {
    const asked: string[] = [];
    const deny = (skillId: string, what: string) => {
      asked.push(skillId, what);
      return Promise.reject(new MeshError('access_denied', 'no'));
    };
    const input = { path: 'src/a.ts', replace: 'x' };
    const edit = { name: 'edit-file', input };
    expect(await useTool(edit, builtInTools(SKILLS), deny, context())).toBe('error: no');
    expect([asked, place.recorded.size]).toEqual([['edit-file', 'src/a.ts'], 0]);
  });

  it('ends the attempt, rather than tell the model, when that is over', async () => {
    const asked = useTool({ name: 'list-files', input: {} }, builtInTools(SKILLS), over, context());
    await expect(asked).rejects.toMatchObject({ code: 'fenced' });
  });

  it('is one that the agent declares', async () => {
    const asked = useTool(
      { name: 'shell-exec', input: { command: 'x' } },
      builtInTools(['read-file']),
      () => Promise.resolve(),
      context(),
    );
    expect(await asked).toBe('error: there is no tool "shell-exec"; there are: read-file');
  });
});
