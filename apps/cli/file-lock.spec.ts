import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { whileLocked } from './file-lock.js';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'file-lock-'));
  file = join(folder, 'kept');
});
afterEach(() => rmSync(folder, { recursive: true }));

const lock = (turn: number, content: object) =>
  writeFileSync(`${file}.lock.${turn}`, JSON.stringify(content));
const onlyLock = () => readdirSync(folder).filter((name) => name.startsWith('kept.lock.'));

it('is one at a time, each in its turn, and leaves one file to count from', async () => {
  let inside = 0;
  const most: number[] = [];
  const turns = Array.from({ length: 5 }, () =>
    whileLocked(file, async () => {
      most.push(++inside);
      await new Promise(setImmediate);
      inside -= 1;
    }),
  );
  await Promise.all(turns);
  expect(most).toEqual([1, 1, 1, 1, 1]);
  expect(onlyLock()).toEqual(['kept.lock.5']);
});

it('answers what the work does, and frees the lock when it fails', async () => {
  expect(await whileLocked(file, async () => 42)).toBe(42);
  await expect(whileLocked(file, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await whileLocked(file, async () => 43, 0)).toBe(43);
});

it('gives up on a living holder after its time, and names it', async () => {
  await whileLocked(file, async () => {
    await expect(whileLocked(file, async () => undefined, 0)).rejects.toMatchObject({
      code: 'unavailable',
      message: `${file} is in use by process ${process.pid}`,
    });
  });
});

it('takes over from a process that is gone, and from what is no lock', async () => {
  lock(7, { pid: spawnSync('true').pid, started: '1' });
  await whileLocked(file, async () => expect(onlyLock()).toEqual(['kept.lock.8']), 0);
  writeFileSync(`${file}.lock.9`, 'half a lo');
  await whileLocked(file, async () => expect(onlyLock()).toEqual(['kept.lock.10']), 0);
});

it.runIf(process.platform === 'linux')('takes over where another process has the id now', async () => {
  lock(1, { pid: process.pid, started: '1' });
  await whileLocked(file, async () => expect(onlyLock()).toEqual(['kept.lock.2']), 0);
});

it('says in the lock whose it is', async () => {
  await whileLocked(file, async () => {
    const [name = ''] = onlyLock();
    expect(JSON.parse(readFileSync(join(folder, name), 'utf8'))).toMatchObject({ pid: process.pid });
  });
});
