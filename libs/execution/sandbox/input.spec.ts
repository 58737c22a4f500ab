import { describe, expect, it, onTestFinished } from 'vitest';
import { until } from '../scripted-control-plane.contract.js';
import { aFolder, bwrapForSpecs, skipped } from './box-in-test.contract.js';
import { Processes } from './processes.js';
import type { ProcessSettings } from './processes.js';

const { bwrap, missing } = await bwrapForSpecs();

const WAYS: readonly (readonly [string, ProcessSettings])[] = [
  ['without a box', { sandbox: 'none' }],
  ...(missing === null ? [['in a box', { sandbox: 'bubblewrap', bwrap }] as const] : []),
];

/** A command that is running, and what it has printed so far. */
async function running(command: string, settings: ProcessSettings, takesInput = true) {
  const processes = new Processes(settings);
  onTestFinished(() => processes.close());
  let said = '';
  const write = (_pipe: unknown, bytes: Uint8Array): Promise<void> => {
    said += Buffer.from(bytes).toString('utf8');
    return Promise.resolve();
  };
  const workspace = aFolder('input');
  const run = await processes.run({ command, workspace, remainingMs: 60_000, takesInput, write });
  return { ...run, said: () => said };
}

describe.each(WAYS)(`a command that takes input %s${skipped(missing)}`, (_way, settings) => {
  it('reads what is sent, in order, while it runs', async () => {
    const { send, said, ended } = await running('read -r a; echo "$a!"; read -r b; echo "$b?"', settings);
    send(Buffer.from('one\n'));
    await until(() => said() === 'one!\n');
    send(Buffer.from('t'));
    send(Buffer.from('wo\n'));
    expect(await ended).toMatchObject({ code: 0 });
    expect(said()).toBe('one!\ntwo?\n');
  });

  it('is known not to read, and may end before it has', async () => {
    const { send, kill, ended } = await running('exec sleep 60', settings);
    const half = Buffer.alloc(512 * 1024, 'x');
    send(half);
    expect(send(half)).toBeGreaterThan(half.length);
    kill(0);
    expect(await ended).toMatchObject({ signal: 'SIGKILL' });
    expect(send(half)).toBe(0);
  });

  it('finds nothing to read where it is to take none', async () => {
    const { send, said, ended } = await running('cat; echo end', settings, false);
    send(Buffer.from('one\n'));
    await ended;
    expect(said()).toBe('end\n');
  });
});
