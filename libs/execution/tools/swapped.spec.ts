import { mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { aWorkspace } from './tools-in-test.contract.js';
import type * as WorkspacePath from './workspace-path.js';

/** What somebody else does between the look at a path and its use. */
const meanwhile = vi.hoisted(() => ({ act: () => {} }));

vi.mock('./workspace-path.js', async (original) => {
  const real = await original<typeof WorkspacePath>();
  const workspacePath = async (workspace: string, path: string): Promise<string> => {
    const place = await real.workspacePath(workspace, path);
    if (path.includes('/')) meanwhile.act();
    return place;
  };
  return { ...real, workspacePath };
});

describe('a folder that becomes a link after its path was checked', () => {
  const { place, use } = aWorkspace();
  beforeEach(() => {
    const folder = join(place.workspace, 'folder');
    mkdirSync(folder);
    writeFileSync(join(folder, 'secret'), 'nothing of interest');
    meanwhile.act = () => {
      meanwhile.act = () => {};
      renameSync(folder, join(place.workspace, 'away'));
      symlinkSync(place.outside, folder);
    };
  });

  it.each([
    ['read-file', { path: 'folder/secret' }],
    ['edit-file', { path: 'folder/secret', replace: 'overwritten' }],
    ['edit-file', { path: 'folder/new', replace: 'planted' }],
    ['search-files', { text: 'hunter2' }],
  ])('leads %s nowhere: %j', async (name, input) => {
    expect(await use(name, input)).not.toContain('hunter2');
    expect(readFileSync(join(place.outside, 'secret'), 'utf8')).toBe('hunter2');
    expect(() => readFileSync(join(place.outside, 'new'))).toThrow('ENOENT');
  });
});
