import { describe, expect, it } from 'vitest';
import { SETTINGS, folderOf, parseMemberships, parseMounts } from './cgroup-files.js';
import { DEFAULT_LIMITS } from './limits.js';

const HYBRID = `30 24 0:26 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
31 30 0:27 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct
32 30 0:28 /docker/abc /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
33 30 0:29 / /sys/fs/cgroup/unified rw shared:4 - cgroup2 cgroup2 rw,nsdelegate
`;

describe('cgroups', () => {
  it('are found among the mounts, of both versions', () => {
    expect(parseMounts(HYBRID)).toEqual([
      { version: 1, root: '/', point: '/sys/fs/cgroup/cpu,cpuacct', controllers: ['rw', 'cpu', 'cpuacct'] },
      { version: 1, root: '/docker/abc', point: '/sys/fs/cgroup/memory', controllers: ['rw', 'memory'] },
      { version: 2, root: '/', point: '/sys/fs/cgroup/unified', controllers: ['rw', 'nsdelegate'] },
    ]);
  });

  it('are found for a process, with a path that may hold colons', () => {
    expect(parseMemberships('9:name=systemd:/\n3:cpu,cpuacct:/a\n0::/user.slice/a:b\n')).toEqual([
      { controllers: ['name=systemd'], path: '/' },
      { controllers: ['cpu', 'cpuacct'], path: '/a' },
      { controllers: [], path: '/user.slice/a:b' },
    ]);
  });

  it('are looked for where the mount shows them', () => {
    const mount = {
      version: 1,
      root: '/docker/abc',
      point: '/sys/fs/cgroup/memory',
      controllers: [],
    } as const;
    expect(folderOf(mount, { controllers: [], path: '/docker/abc/x' })).toBe('/sys/fs/cgroup/memory/x');
    expect(folderOf(mount, { controllers: [], path: '/docker/abc' })).toBe('/sys/fs/cgroup/memory');
    expect(folderOf(mount, { controllers: [], path: '/other' })).toBe(null);
  });

  it('are told limits in the words of their version', () => {
    const limits = { ...DEFAULT_LIMITS, memoryMb: 1, processes: 10, cpus: 1.5 };
    const said = (version: 1 | 2) =>
      (['memory', 'processes', 'cpu'] as const)
        .flatMap((limit) => SETTINGS[version][limit](limits))
        .map(({ file, value }) => `${file}=${value}`);
    expect(said(1)).toEqual([
      'memory.limit_in_bytes=1048576',
      'memory.memsw.limit_in_bytes=1048576',
      'pids.max=18',
      'cpu.cfs_period_us=100000',
      'cpu.cfs_quota_us=150000',
    ]);
    expect(said(2)).toEqual([
      'memory.max=1048576',
      'memory.swap.max=0',
      'memory.oom.group=1',
      'pids.max=18',
      'cpu.max=150000 100000',
    ]);
    expect(SETTINGS[2].cpu(DEFAULT_LIMITS)).toEqual([]);
  });
});
