import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { linked, livingHolder, readIfThere, thisProcess } from './lock-file.js';

const gone = (): number => spawnSync(process.execPath, ['-e', '0']).pid;

describe('the text of a lock', () => {
  it('names a living process', () => {
    expect(livingHolder(JSON.stringify(thisProcess()))).toBe(process.pid);
  });

  it.each([
    ['is not there', () => null],
    ['is no JSON', () => 'coderclaw'],
    ['is null', () => 'null'],
    ['is given back', () => '{}'],
    ['is of a process that is gone', () => JSON.stringify({ pid: gone(), started: '1' })],
    ['is of another process that had the same id', () => JSON.stringify({ ...thisProcess(), started: '1' })],
  ])('names none where it %s', (_, text) => {
    expect(livingHolder(text())).toBeNull();
  });
});

it('a name is taken by one draft only, with its content', () => {
  const folder = mkdtempSync(join(tmpdir(), 'coderclaw-lock-'));
  const path = join(folder, 'lock');
  const drafts = ['a', 'b'].map((name) => join(folder, name));
  for (const draft of drafts) writeFileSync(draft, draft);
  expect(drafts.map((draft) => linked(draft, path))).toEqual([true, false]);
  expect(readIfThere(path)).toBe(drafts[0]);
  expect(readIfThere(join(folder, 'nothing'))).toBeNull();
  rmSync(folder, { recursive: true });
});
