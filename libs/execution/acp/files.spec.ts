import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { aFolder } from '../sandbox/box-in-test.contract.js';
import { inFolderOf } from '../tools/pinned.js';
import { answersIn, startAcpWorker } from './acp-in-test.contract.js';

const refused = (message: RegExp, code = -32_602) => ({ code, message: expect.stringMatching(message) });

describe('files that an agent asks for', () => {
  it('are read whole or by lines, each a use of read-file', async () => {
    const { plane, run, workspace } = await startAcpWorker();
    const file = join(workspace, 'a.txt');
    writeFileSync(file, 'one\ntwo\nthree\n');
    const { output } = await run(
      ['read', file],
      ['read', file, { line: 2, limit: 1 }],
      ['read', file, { line: 3 }],
      ['read', join(workspace, 'none')],
    );
    expect(answersIn(output)).toEqual([
      { content: 'one\ntwo\nthree\n' },
      { content: 'two' },
      { content: 'three\n' },
      refused(/there is no file/, -32_002),
    ]);
    expect(plane.skills.map(({ skillId }) => skillId)).toEqual(Array.from({ length: 4 }, () => 'read-file'));
  });

  it('are written with their folders and rights, each a use of edit-file', async () => {
    const { plane, run, workspace } = await startAcpWorker();
    const [script, inner] = [join(workspace, 'run.sh'), join(workspace, 'a', 'b', 'c.txt')];
    writeFileSync(script, 'old', { mode: 0o755 });
    const { output } = await run(['write', inner, 'new'], ['write', script, 'newer']);
    expect(answersIn(output)).toEqual([{}, {}]);
    expect([readFileSync(inner, 'utf8'), readFileSync(script, 'utf8')]).toEqual(['new', 'newer']);
    expect(statSync(script).mode & 0o777).toBe(0o755);
    expect(plane.skills.map(({ skillId }) => skillId)).toEqual(['edit-file', 'edit-file']);
  });

  it('are those of the workspace, and none that are kept from tools', async () => {
    const { run, workspace } = await startAcpWorker();
    const outside = aFolder('outside');
    writeFileSync(join(outside, 'secret'), 'hunter2');
    symlinkSync(outside, join(workspace, 'way-out'));
    for (const name of ['.git', '.coderClaw']) mkdirSync(join(workspace, name));
    const paths = ['../x', 'way-out/secret', '.git/config', '.coderClaw/policy.yaml'];
    const places = [join(outside, 'secret'), ...paths.map((path) => `${workspace}/${path}`)];
    const { output } = await run(
      ...places.flatMap((place) => [['read', place] as const, ['write', place, 'x'] as const]),
    );
    const [out, kept] = [refused(/is outside of the workspace/), refused(/is kept from tools/)];
    expect(answersIn(output)).toEqual([out, out, out, out, out, out, kept, kept, kept, kept]);
    expect(readFileSync(join(outside, 'secret'), 'utf8')).toBe('hunter2');
  });

  it('are refused when they are too large, no text or no file, and the agent goes on', async () => {
    const { run, workspace } = await startAcpWorker();
    const at = (name: string) => join(workspace, name);
    writeFileSync(at('large'), 'x'.repeat(1024 * 1024 + 1));
    writeFileSync(at('binary'), Buffer.from([0, 1]));
    mkdirSync(at('folder'));
    execFileSync('sh', ['-c', 'mkfifo pipe'], { cwd: workspace });
    const { output, last } = await run(
      ['read', at('large')],
      ['write', at('long'), 'x'.repeat(512 * 1024 + 1)],
      ['read', at('binary')],
      ['read', at('pipe')],
      ['write', at('folder'), 'x'],
      ['say', 'on'],
    );
    expect(answersIn(output)).toEqual([
      refused(/more than 1048576/),
      refused(/more than 524288/),
      refused(/not a text file/),
      refused(/not a file/),
      refused(/cannot be used/),
    ]);
    expect(last.type).toBe('Completed');
  });

  it('are neither read nor written without the skill', async () => {
    const { plane, run, workspace } = await startAcpWorker({ skills: ['read-file'] });
    plane.answerSkill = () => ({ allowed: false, reason: 'not here' });
    writeFileSync(join(workspace, 'a'), 'hunter2');
    const { output } = await run(['read', join(workspace, 'a')], ['write', join(workspace, 'a'), 'x']);
    expect(answersIn(output)).toEqual([
      refused(/read-file may not be used: not here/),
      refused(/edit-file is not one of this agent's/),
    ]);
    expect(readFileSync(join(workspace, 'a'), 'utf8')).toBe('hunter2');
  });

  it('are not reached through a folder that became a link after its path was checked', async () => {
    const [root, outside] = [aFolder('root'), aFolder('outside')];
    writeFileSync(join(outside, 'secret'), 'hunter2');
    symlinkSync(outside, join(root, 'folder'));
    const place = join(root, 'folder', 'secret');
    const used: string[] = [];
    for (const make of [false, true])
      await expect(
        inFolderOf({ root, place, make }, async (at, name) => used.push(at(name))),
      ).rejects.toThrow('ENOTDIR');
    expect(used).toEqual([]);
  });
});
