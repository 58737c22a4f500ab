import { randomUUID } from 'node:crypto';
import { readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { linked, livingHolder, readIfThere, thisProcess } from '#contract';
import { MeshError } from '#errors';

const LOOK_EVERY_MS = 25;
const DEFAULT_PATIENCE_MS = 30_000;

/**
 * Does something to a file while no other process of this user does. A lock whose process is gone is passed over.
 *
 * Each turn has a number, and is a file of that name: linking it succeeds for one only, and as no number comes twice,
 * taking over from the dead cannot hit a lock that another has just taken. The last one stays, to be counted from.
 *
 * @throws {MeshError} `unavailable` if another had it for longer than that
 */
export async function whileLocked<Result>(
  file: string,
  work: () => Promise<Result>,
  patienceMs = DEFAULT_PATIENCE_MS,
): Promise<Result> {
  const release = await acquire(file, performance.now() + patienceMs);
  try {
    return await work();
  } finally {
    release();
  }
}

type Release = () => void;

async function acquire(file: string, until: number): Promise<Release> {
  for (;;) {
    const turn = lastTurn(file);
    const holder = turn === 0 ? null : livingHolder(readIfThere(pathOf(file, turn)));
    const release = holder === null ? take(file, turn + 1) : null;
    if (release) return release;
    if (performance.now() > until) throw busy(file, holder);
    await sleep(LOOK_EVERY_MS);
  }
}

const pathOf = (file: string, turn: number): string => `${file}.lock.${turn}`;

function turnsOf(file: string): readonly number[] {
  const prefix = `${basename(file)}.lock.`;
  const names = readdirSync(dirname(file)).filter((name) => name.startsWith(prefix));
  return names
    .map((name) => name.slice(prefix.length))
    .filter((turn) => /^\d+$/.test(turn))
    .map(Number);
}

const lastTurn = (file: string): number => Math.max(0, ...turnsOf(file));

/** Nothing if another was quicker. */
function take(file: string, turn: number): Release | null {
  const path = pathOf(file, turn);
  if (!linkedWith(path, thisProcess())) return null;
  const turns = turnsOf(file);
  if (turns.some((other) => other > turn)) {
    rmSync(path, { force: true }); // the number was had, and cleared away, while we looked
    return null;
  }
  for (const earlier of turns) if (earlier < turn) rmSync(pathOf(file, earlier), { force: true });
  return () => replace(path, {});
}

function linkedWith(path: string, content: object): boolean {
  const draft = draftOf(path, content);
  try {
    return linked(draft, path);
  } finally {
    rmSync(draft, { force: true });
  }
}

const replace = (path: string, content: object): void => renameSync(draftOf(path, content), path);

function draftOf(path: string, content: object): string {
  const draft = join(dirname(path), `.${basename(path)}.${randomUUID()}`);
  writeFileSync(draft, JSON.stringify(content), { mode: 0o600 });
  return draft;
}

const busy = (file: string, holder: number | null) =>
  new MeshError(
    'unavailable',
    `${file} is in use by ${holder === null ? 'other processes' : `process ${holder}`}`,
    {
      hint: 'wait for that process, or end it, and try again',
    },
  );
