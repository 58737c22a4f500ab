import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { aFolder } from './box-in-test.contract.js';
import { trustedProgram } from './bubblewrap.js';

/** Folders that each hold a program of that name. */
const foldersWith = (name: string, ...folders: readonly string[]): readonly string[] => {
  const root = aFolder('path');
  return folders.map((folder) => {
    const path = join(root, folder);
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, name), '#!/bin/sh\n');
    chmodSync(join(path, name), 0o755);
    return path;
  });
};

describe('a program that makes boxes', () => {
  it('is the first on the PATH', () => {
    const [one = '', two = ''] = foldersWith('bwrap', 'one', 'two');
    expect(trustedProgram('bwrap', `/nowhere:${one}:${two}`, '/project')).toBe(join(one, 'bwrap'));
    expect(trustedProgram('bwrap', '/nowhere', '/project')).toBe(null);
  });

  it('is none that a task may have left in a project: npx puts its folders first', () => {
    const [project = '', modules = '', system = ''] = foldersWith(
      'bwrap',
      'ws/bin',
      'x/node_modules/.bin',
      'bin',
    );
    const path = ['.', 'bin', project, modules, system].join(':');
    expect(trustedProgram('bwrap', path, join(project, '..'))).toBe(join(system, 'bwrap'));
  });
});
