import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cliIn, TASK_ID } from './fake-cli.contract.js';

describe('where nothing was ever kept and no server runs', { timeout: 120_000 }, () => {
  let folder: string;
  let dataDir: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'coderclaw-empty-'));
    dataDir = join(folder, 'data');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const run = (...argv: readonly string[]) => cliIn(folder).run([...argv, '--data-dir', dataDir]);

  it('whoami says who one is in local-only mode, and makes nothing', async () => {
    const { exitCode, stdout, stderr } = await run('whoami', '--json');
    expect([exitCode, JSON.parse(stdout)]).toEqual([
      0,
      expect.objectContaining({ roles: ['admin'], mode: 'local-only', trust: 'trusted' }),
    ]);
    expect([existsSync(dataDir), existsSync(join(folder, '.coderClaw')), stderr]).toEqual([false, false, '']);
  });

  it.each([
    [['list'], 0],
    [['cancel', TASK_ID], 4],
    [['audit', 'query'], 0],
  ])('%j answers as an empty place does, and makes nothing', async (argv, exitCode) => {
    expect([(await run(...argv)).exitCode, existsSync(dataDir)]).toEqual([exitCode, false]);
  });

  it('what is to be kept is kept', async () => {
    expect((await run('memory', 'put', 'plan', '"x"')).exitCode).toBe(0);
    expect((await run('memory', 'get', 'plan')).stdout).toBe('x\n');
  });
});
