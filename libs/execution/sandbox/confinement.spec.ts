import { describe, expect, it } from 'vitest';
import { confinementOf } from './confinement.js';
import type { SandboxSetting, Trial } from './confinement.js';

const holds: Trial = { holds: true, detail: 'bwrap 0.8.0' };
const fails: Trial = { holds: false, problem: 'there is no bwrap on the PATH', remedy: 'install it' };

describe('how processes run', () => {
  it.each<[SandboxSetting, string, Trial | null, string]>([
    ['auto', 'local', holds, 'bubblewrap'],
    ['auto', 'remote', holds, 'bubblewrap'],
    ['bubblewrap', 'local', holds, 'bubblewrap'],
    ['bubblewrap', 'remote', holds, 'bubblewrap'],
    ['auto', 'local', fails, 'bare'],
    ['auto', 'remote', fails, 'refused'],
    ['bubblewrap', 'local', fails, 'refused'],
    ['bubblewrap', 'remote', fails, 'refused'],
    ['none', 'local', null, 'bare'],
    ['none', 'remote', null, 'bare'],
  ])('with the setting %s on a %s worker', (setting, place, trial, kind) => {
    expect(confinementOf(setting, place === 'local', trial).kind).toBe(kind);
  });

  it('warns of a sandbox that is missing, and not of one that nobody wants', () => {
    expect(confinementOf('auto', true, fails)).toEqual({
      kind: 'bare',
      warning: 'tasks run without a sandbox, with all your rights: there is no bwrap on the PATH; install it',
    });
    expect(confinementOf('none', true, null)).toEqual({ kind: 'bare', warning: null });
  });

  it('refuses with the problem, what to do, and the setting that accepts it', () => {
    expect(confinementOf('auto', false, fails)).toEqual({
      kind: 'refused',
      reason:
        'this worker starts no processes, as it has no working sandbox (there is no bwrap on the PATH): install it; or ' +
        'accept that tasks run with all the rights of the worker by the setting `execution.sandbox: none`',
    });
  });
});
