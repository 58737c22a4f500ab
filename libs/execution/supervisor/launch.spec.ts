import { describe, expect, it } from 'vitest';
import { commandLine, secretOptions } from './launch.js';
import type { BoxOrder } from './protocol.js';

const box = {
  enter: ['bwrap', '--a'],
  last: ['--z'],
  inside: ['prlimit', '--', 'sh'],
  secrets: {},
} as unknown as BoxOrder;
const short = { argv: ['-c', 'true'], file: null, remove: () => {} };
const long = { argv: ['/tmp/x/script'], file: '/tmp/x/script', remove: () => {} };

describe('the command line of a run', () => {
  it('is a shell where there is no box', () => {
    expect(commandLine({ box: null, run: 'r' }, short, [])).toEqual(['/bin/sh', '-c', 'true']);
    expect(commandLine({ box: null, run: 'r' }, long, [])).toEqual(['/bin/sh', '/tmp/x/script']);
  });

  it('enters the cgroups first, then the box, and runs a shell there', () => {
    const [, , , , ...rest] = commandLine({ box, run: 'r' }, short, ['/cg/procs']);
    const mark = ['--setenv', 'CODERCLAW_RUN', 'r'];
    expect(rest).toEqual([
      '/cg/procs',
      '--',
      'bwrap',
      '--a',
      ...mark,
      '--z',
      '--',
      'prlimit',
      '--',
      'sh',
      '-c',
      'true',
    ]);
  });

  it('has none of the secrets of the box, which are read from a pipe', () => {
    const secretive = { ...box, secrets: { KEY: 'hunter2', OTHER: 'a b' } };
    const line = commandLine({ box: secretive, run: 'r' }, short, []).join(' ');
    expect(line).toContain('--setenv CODERCLAW_RUN r --args 4 --z -- prlimit');
    expect(line).not.toContain('hunter2');
    expect(secretOptions(secretive)).toBe('--setenv\0KEY\0hunter2\0--setenv\0OTHER\0a b\0');
  });

  it('brings a command that is too long for an argument into the box as a file', () => {
    const line = commandLine({ box, run: 'r' }, long, []).join(' ');
    expect(line).toContain(
      '--ro-bind /tmp/x/script /run/coderclaw/script --z -- prlimit -- sh /run/coderclaw/script',
    );
  });
});
