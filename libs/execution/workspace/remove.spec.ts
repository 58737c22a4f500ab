import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { remove } from './remove.js';

/** Folders in one another: a path that is nearly as long as one may be. */
const CHAIN = Array.from({ length: 15 }, () => 'x'.repeat(200)).join('/');

it('a folder that lies deeper than a path can say is removed, with what is locked in it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'remove-'));
  for (const name of ['a', 'b', 'c']) await mkdir(join(folder, name, CHAIN), { recursive: true });
  await writeFile(join(folder, 'c', CHAIN, 'file'), 'x');
  await chmod(join(folder, 'c', CHAIN), 0);
  await rename(join(folder, 'c'), join(folder, 'b', CHAIN, 'c'));
  await rename(join(folder, 'b'), join(folder, 'a', CHAIN, 'b'));
  await remove(folder);
  expect(existsSync(folder)).toBe(false);
});
