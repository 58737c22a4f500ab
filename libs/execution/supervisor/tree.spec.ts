import { describe, expect, it } from 'vitest';
import { parsePsLine, parseStat } from './process-row.js';
import type { ProcessRow } from './process-row.js';
import { readProcess } from './process-table.js';
import { treeOf } from './tree.js';

const row = (pid: number, ppid: number, sid: number, more: Partial<ProcessRow> = {}): ProcessRow => ({
  pid,
  ppid,
  pgid: sid,
  sid,
  startTicks: 100 + pid,
  state: 'S',
  ...more,
});
const root = () => ({ pid: 10, startTicks: 110, known: new Map<number, number>() });
const nobody = () => false;
const pids = (rows: readonly ProcessRow[]) => rows.map(({ pid }) => pid).toSorted((a, b) => a - b);

describe('the processes of a run', () => {
  it.each<[string, ProcessRow[], number[]]>([
    ['its root', [row(10, 1, 10)], [10]],
    ['its session, after the root has ended', [row(11, 1, 10), row(12, 1, 10)], [11, 12]],
    ['its group', [row(11, 1, 5, { pgid: 10 })], [11]],
    [
      'descendants that made sessions of their own',
      [row(10, 1, 10), row(11, 10, 11), row(12, 11, 12)],
      [10, 11, 12],
    ],
    ['nobody else', [row(1, 0, 1), row(20, 1, 20), row(21, 20, 20)], []],
    ['no dead', [row(10, 1, 10, { state: 'Z' }), row(11, 10, 10)], [11]],
    ['nobody older than the run', [row(11, 1, 10, { startTicks: 50 })], []],
    [
      'nobody of another session that was given the same number',
      [row(10, 1, 10, { startTicks: 900 }), row(11, 10, 10, { startTicks: 901 })],
      [],
    ],
  ])('are %s', (_what, rows, expected) => {
    expect(pids(treeOf(root(), rows, nobody))).toEqual(expected);
  });

  it('are those that carry its mark, and their descendants, wherever they are', () => {
    const rows = [row(30, 1, 30), row(31, 30, 31), row(40, 1, 40)];
    expect(pids(treeOf(root(), rows, (pid) => pid === 30))).toEqual([30, 31]);
  });

  it('are those that were known before, while they are the same', () => {
    const rows = [row(30, 1, 30), row(31, 1, 31)];
    const known = new Map([
      [30, 130],
      [31, 7],
    ]);
    expect(pids(treeOf({ ...root(), known }, rows, nobody))).toEqual([30]);
  });
});

describe('reading processes', () => {
  it.each([
    ['sh', '42 (sh) S 7 42 40 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 12345 99'],
    ['a name that tries', '42 (a) R 1 (b) S 7 42 40 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 12345 99'],
  ])('understands the stat of %s', (_name, stat) => {
    expect(parseStat(stat)).toEqual({ pid: 42, state: 'S', ppid: 7, pgid: 42, sid: 40, startTicks: 12345 });
  });

  it.each(['', 'x', '42 (sh', '42 (sh) S'])('takes %j for no process', (stat) => {
    expect(parseStat(stat)).toBeNull();
  });

  it('understands a line of ps', () => {
    expect(parsePsLine('   42     7    40 Ss   /bin/sh -c x PATH=/bin')).toEqual({
      pid: 42,
      ppid: 7,
      pgid: 40,
      sid: 40,
      startTicks: 0,
      state: 'Ss',
      command: '  /bin/sh -c x PATH=/bin',
    });
    expect(parsePsLine('')).toBeNull();
  });

  it.runIf(process.platform === 'linux')('finds this very process', () => {
    expect(readProcess(process.pid)).toMatchObject({ pid: process.pid, ppid: process.ppid });
  });
});
