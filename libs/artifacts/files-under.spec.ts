import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { filesUnder } from './files-under.js';

it('finds all files of many folders, and does not follow links', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'files-under-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const written = Array.from({ length: 150 }, (_, i) => join(folder, 'in', `${i % 100}`, `${i}`));
  for (const path of written) {
    await mkdir(join(path, '..'), { recursive: true });
    await writeFile(path, '');
  }
  await symlink(folder, join(folder, 'link'));
  const found: string[] = [];
  for await (const { path } of filesUnder(folder)) found.push(path);
  expect(found.toSorted()).toEqual([...written, join(folder, 'link')].toSorted());
});
