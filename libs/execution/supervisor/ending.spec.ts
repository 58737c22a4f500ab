import { describe, expect, it } from 'vitest';
import { exitOfBox, fullFileSystems, limitMet } from './ending.js';
import type { Ending } from './ending.js';

const limits = {
  memory: 'memory',
  processes: 'processes',
  disk: 'disk',
  file: 'file',
  temporary: 'temporary',
};
const ending: Ending = {
  exit: { code: 1, signal: null },
  killed: null,
  refusals: { memory: 0, processes: 0 },
  full: [],
};
const fine = { code: 0, signal: null };

describe('the end of a boxed run', () => {
  it.each([
    [
      { code: 0, signal: null },
      { code: 0, signal: null },
    ],
    [
      { code: 3, signal: null },
      { code: 3, signal: null },
    ],
    [
      { code: 137, signal: null },
      { code: null, signal: 'SIGKILL' },
    ],
    [
      { code: 153, signal: null },
      { code: null, signal: 'SIGXFSZ' },
    ],
    [
      { code: 255, signal: null },
      { code: 255, signal: null },
    ],
    [
      { code: null, signal: 'SIGKILL' },
      { code: null, signal: 'SIGKILL' },
    ],
  ])('of %j is told as %j', (said, told) => {
    expect(exitOfBox(said)).toEqual(told);
  });

  it.each<[string, Partial<Ending>, string | null]>([
    ['no limit', {}, null],
    ['memory, whatever the code', { exit: fine, refusals: { memory: 1, processes: 0 } }, 'memory'],
    ['memory, when it was killed for it', { killed: 'memory' }, 'memory'],
    ['processes, when it failed', { refusals: { memory: 0, processes: 1 } }, 'processes'],
    [
      'no limit, when it coped with fewer processes',
      { exit: fine, refusals: { memory: 0, processes: 1 } },
      null,
    ],
    ['processes, when it was killed for it', { killed: 'processes' }, 'processes'],
    ['the disk', { killed: 'disk' }, 'disk'],
    ['a file', { exit: { code: null, signal: 'SIGXFSZ' } }, 'file'],
    ['folders in memory', { full: ['/tmp', '/home/a'] }, 'temporary (/tmp, /home/a)'],
    ['no limit, when it was stopped', { killed: 'order', exit: { code: null, signal: 'SIGKILL' } }, null],
  ])('names %s', (_what, known, named) => {
    expect(limitMet({ limits }, { ...ending, ...known })).toBe(named);
  });

  it('reads which folders are full', () => {
    const df = `Filesystem 1024-blocks Used Available Capacity Mounted on
tmpfs 16384 16384 0 100% /tmp
tmpfs 16384 16384 0 100% /tmp
tmpfs 16384 0 16384 0% /dev/shm
tmpfs 16384 16380 0 100% /home/a b`;
    expect(fullFileSystems(df)).toEqual(['/tmp']);
  });
});
