import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loadConfig } from '#platform';
import type { ConfigFile, Probe } from '#platform';
import { bwrapBinary } from '../../test/servers/bwrap-binary.mjs';
import { sandboxProbes } from './sandbox-probes.js';

const REMOTE = { mode: 'remote-enabled' } as const;

/** What doctor says with these settings, by the name of the line. */
async function lines(flags: ConfigFile): Promise<ReadonlyMap<string, Probe>> {
  const cwd = mkdtempSync(join(tmpdir(), 'cc-doctor-'));
  onTestFinished(() => rmSync(cwd, { recursive: true }));
  const found = await sandboxProbes(loadConfig({ cwd, home: cwd, env: {}, flags }));
  return new Map(found.map((line) => [line.name, line]));
}

const nowhere = { bwrap: '/nowhere/bwrap' };

describe.runIf(process.platform === 'linux')('doctor, of the sandbox (Linux only)', () => {
  it('says on a remote worker what is missing, what to install and how to do without', async () => {
    const said = await lines({ ...REMOTE, execution: nowhere });
    expect([...said.keys()]).toEqual(['bubblewrap', 'user namespaces', 'cgroups', 'sandbox']);
    expect(said.get('bubblewrap')).toMatchObject({
      healthy: false,
      detail: expect.stringContaining('/nowhere/bwrap does not run'),
      remedy: expect.stringContaining('apt install bubblewrap'),
    });
    expect(said.get('sandbox')).toMatchObject({
      healthy: false,
      detail: expect.stringContaining('execution.sandbox: none'),
    });
  });

  it('finds no fault with one’s own machine for it, and says the same', async () => {
    const said = await lines({ execution: nowhere });
    expect([...said.values()].every(({ healthy }) => healthy)).toBe(true);
    expect(said.get('bubblewrap')?.remedy).toContain('apt install bubblewrap');
    expect(said.get('sandbox')?.detail).toContain('tasks run without a sandbox, with all your rights');
  });

  it('finds fault with one’s own machine where a sandbox was asked for', async () => {
    const said = await lines({ execution: { ...nowhere, sandbox: 'bubblewrap' } });
    expect(said.get('sandbox')?.healthy).toBe(false);
  });

  it('says that there is none where none is wanted, and looks no further', async () => {
    const said = await lines({ ...REMOTE, execution: { sandbox: 'none' } });
    expect([...said.values()]).toEqual([
      {
        name: 'sandbox',
        healthy: true,
        detail: 'none: tasks run with all your rights (execution.sandbox: none)',
      },
    ]);
  });

  it('says which bwrap there is and how it fares: a box that was made and tried', async ({ skip }) => {
    const bwrap = await bwrapBinary().catch((error: Error) => skip(error.message));
    const said = await lines({ ...REMOTE, execution: { bwrap } });
    expect(said.get('bubblewrap')?.detail).toMatch(/bwrap, version 0\.\d+/);
    const { detail, healthy } = said.get('sandbox') ?? {};
    if (!healthy) skip(detail);
    expect(detail).toMatch(/^holds: bwrap 0\.\d+\.\d+, cgroups/);
  });
});
