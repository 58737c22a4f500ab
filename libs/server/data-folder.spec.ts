import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeDataFolder } from './data-folder.js';

describe('a data folder', () => {
  let repository: string;
  const dataDir = () => join(repository, '.coderClaw', 'data');
  const untracked = () =>
    execFileSync('git', ['status', '--porcelain'], { cwd: repository, encoding: 'utf8' });
  beforeEach(() => {
    repository = mkdtempSync(join(tmpdir(), 'data-folder-'));
    execFileSync('git', ['init', '--quiet'], { cwd: repository });
  });
  afterEach(() => rmSync(repository, { recursive: true, force: true }));

  it('that is made is for its user alone, and no business of git', () => {
    makeDataFolder(dataDir());
    writeFileSync(join(dataDir(), 'token'), 'secret');
    expect(statSync(dataDir()).mode & 0o777).toBe(0o700);
    expect(untracked()).toBe('');
  });

  it('that was there is left as it is: it may be anything of yours', () => {
    mkdirSync(dataDir(), { recursive: true });
    makeDataFolder(dataDir());
    expect(existsSync(join(dataDir(), '.gitignore'))).toBe(false);
  });
});
