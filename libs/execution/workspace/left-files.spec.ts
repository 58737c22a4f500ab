import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { putFiles } from './left-files.js';

const put = async (name: string) => ({ name, digest: 'sha256:0', bytes: 1 });

it('keeps what was left in however many folders', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'left-files-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const names = Array.from({ length: 80 }, (_, i) => `deep/folder-${i}/left.txt`).toSorted();
  for (const name of names) {
    await mkdir(join(folder, name, '..'), { recursive: true });
    await writeFile(join(folder, name), 'x');
  }
  const { artifacts, refused } = await putFiles(folder, put);
  expect([artifacts.map(({ name }) => name), refused]).toEqual([names, []]);
});
