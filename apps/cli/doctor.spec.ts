import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { cliIn } from './fake-cli.contract.js';

async function doctor(settings: string, ...flags: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'cc-doctor-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, '.coderClaw'));
  writeFileSync(join(folder, '.coderClaw', 'runtime.yaml'), settings);
  return cliIn(folder).run(['doctor', ...flags]);
}

describe.runIf(process.platform === 'linux')('doctor (Linux only)', () => {
  const settings = 'execution: { bwrap: /nowhere/bwrap }\n';

  it('says of all that could be better what to do, in full: nothing is cut off', async () => {
    const { exitCode, stdout } = await doctor(settings);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^yes {2}node +v\d+/m);
    expect(stdout).toMatch(/^but {2}bubblewrap .*\n +→ install bubblewrap .*execution\.bwrap$/m);
    expect(stdout).toMatch(/^but {2}models +no provider is configured.*\n +→ set OPENAI_API_KEY.*$/m);
    expect(stdout).not.toContain('…');
  });

  it('exits 5 for what is wrong, and says so', async () => {
    const { exitCode, stdout } = await doctor('execution: { sandbox: bubblewrap, bwrap: /nowhere/bwrap }\n');
    expect([exitCode, stdout]).toEqual([5, expect.stringMatching(/^NO +bubblewrap .*\n +→ install/m)]);
  });

  it('is a line of JSON for each with --json', async () => {
    const { stdout } = await doctor(settings, '--json');
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    expect(lines).toContainEqual(
      expect.objectContaining({
        name: 'bubblewrap',
        healthy: true,
        remedy: expect.stringContaining('install'),
      }),
    );
  });
});
