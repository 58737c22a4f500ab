import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { lockFolder } from './folder-lock.js';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lock-'));
  path = join(folder, 'coderclaw.lock');
});
afterEach(() => rmSync(folder, { recursive: true }));

it('gives a folder to one at a time', () => {
  const unlock = lockFolder(folder);
  expect(() => lockFolder(folder)).toThrow(`in use by process ${process.pid}`);
  unlock();
  lockFolder(folder)();
  expect(existsSync(path)).toBe(false);
});

it('keeps a folder from other users, one that was open to them too', () => {
  chmodSync(folder, 0o755);
  lockFolder(folder);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

it('takes over from a process that is gone', () => {
  const { pid } = spawnSync('true');
  writeFileSync(path, JSON.stringify({ pid, started: '1', token: 'x' }));
  lockFolder(folder);
  expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ pid: process.pid });
});

it.runIf(process.platform === 'linux')('takes over where another process has the id now', () => {
  writeFileSync(path, JSON.stringify({ pid: process.pid, started: '1', token: 'x' }));
  expect(() => lockFolder(folder)).not.toThrow();
});
