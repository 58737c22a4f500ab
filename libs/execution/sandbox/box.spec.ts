import { describe, expect, it } from 'vitest';
import { bwrapOptions } from './box.js';
import type { Box } from './box.js';

const box: Box = {
  workspace: '/home/ada/project',
  artifacts: '/srv/work/task/artifacts',
  readOnly: ['/home/ada/.pyenv'],
  kept: ['/home/ada/project/.coderClaw'],
  hidden: ['/home/ada/project/.coderClaw/data'],
  blanked: ['/home/ada/project/password'],
  masked: ['/proc/keys'],
  home: '/home/ada',
  env: { PATH: '/usr/bin' },
  temporaryBytes: 1024,
  egress: null,
};
const line = (more: Partial<Box> = {}): string => {
  const { enter, last } = bwrapOptions({ ...box, ...more });
  return [...enter, ...last].join(' ');
};

const writable = (more?: Partial<Box>) => line(more).match(/(?<=--bind )\S+ \S+/g);

describe('the options of a box', () => {
  it.each([
    '--unshare-all',
    '--unshare-user',
    '--uid 65534',
    '--gid 65534',
    '--cap-drop ALL',
    '--disable-userns',
    '--die-with-parent',
    '--new-session',
    '--clearenv',
    '--remount-ro /',
    '--ro-bind /dev/null /proc/keys',
    '--ro-bind /dev/null /home/ada/project/password',
    '--size 1024 --perms 0700 --tmpfs /tmp',
  ])('say %s', (option) => {
    expect(line()).toContain(option);
  });

  it('share no network, with a way out neither', () => {
    expect(line({ egress: { socket: '/x/socket', script: '/x/forwarder.js' } })).not.toContain('--share-net');
    expect(line({ egress: { socket: '/x/socket', script: '/x/forwarder.js' } })).toContain(
      '--ro-bind /x/socket /run/coderclaw/egress',
    );
  });

  it('put the home first, then toolchains, then the workspace, then what is protected in it, then what is hidden', () => {
    const order = [
      '--tmpfs /home/ada ',
      '--ro-bind /home/ada/.pyenv /home/ada/.pyenv',
      '--bind /home/ada/project /home/ada/project',
      '--ro-bind /home/ada/project/.coderClaw /home/ada/project/.coderClaw',
      '--tmpfs /home/ada/project/.coderClaw/data',
      '--remount-ro /dev',
    ].map((option) => line().indexOf(option));
    expect(order.every((at) => at >= 0)).toBe(true);
    expect(order).toEqual(order.toSorted((a, b) => a - b));
  });

  it('let write nothing but the workspace, what is to be kept, and folders of the box', () => {
    const workspace = '/home/ada/project /home/ada/project';
    expect(writable()).toEqual([workspace, '/srv/work/task/artifacts /run/coderclaw/artifacts']);
    expect(writable({ artifacts: null })).toEqual([workspace]);
  });
});
