import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cliIn } from './fake-cli.contract.js';

describe('a workspace that is named', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'coderclaw-folder-'));
    writeFileSync(join(folder, 'file'), '');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    ['run', ['run', 'true'], 'missing'],
    ['run', ['run', 'true'], 'file'],
    ['serve', ['serve', '--port', '0'], 'missing'],
  ])('and is no folder is bad usage, before anything is begun: %s', async (_verb, argv, name) => {
    const { run } = cliIn(folder);
    const { exitCode, stderr } = await run([
      ...argv,
      '--workspace',
      name,
      '--data-dir',
      join(folder, 'data'),
    ]);
    expect([exitCode, stderr]).toEqual([
      2,
      expect.stringContaining(`--workspace: ${join(folder, name)} is no folder`),
    ]);
  });
});
