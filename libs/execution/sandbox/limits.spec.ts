import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS, limitReasons, limited } from './limits.js';

describe('the limits of a box', () => {
  it('are set for each process, memory among them only where no cgroup limits all together', () => {
    const limits = { ...DEFAULT_LIMITS, memoryMb: 1, diskMb: 2, processes: 9, openFiles: 99 };
    const rest = ['--core=0', '--nofile=99', '--nproc=9', '--fsize=2097152'];
    const all = { memory: true, processes: true, cpu: true };
    expect(limited('/usr/bin/prlimit', limits, all)).toEqual(['/usr/bin/prlimit', ...rest, '--']);
    expect(limited('/usr/bin/prlimit', limits, { ...all, memory: false })).toEqual([
      '/usr/bin/prlimit',
      ...rest,
      '--data=1048576',
      '--',
    ]);
  });

  it('are named with their value and their setting when they are met', () => {
    const reasons = Object.values(
      limitReasons({ ...DEFAULT_LIMITS, memoryMb: 77, processes: 78, diskMb: 79, temporaryMb: 80 }),
    );
    for (const reason of reasons) expect(reason).toMatch(/(77|78|79|80) .*execution\.limits\.[a-zA-Z]+/);
  });
});
