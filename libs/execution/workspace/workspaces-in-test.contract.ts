import { createHash } from 'node:crypto';
import { mkdtemp, readFile, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create } from 'tar';
import { onTestFinished } from 'vitest';
import { Processes } from '../sandbox/processes.js';
import { ScriptedControlPlane } from '../scripted-control-plane.contract.js';
import { ShellExecutor } from '../shell.js';
import { startWorker } from '../worker-in-test.contract.js';
import type { WorkerOptions } from '../worker.js';
import { remove } from './remove.js';

export const digestOf = (content: Buffer) => `sha256:${createHash('sha256').update(content).digest('hex')}`;

/** A folder that is gone after the test. */
export async function aFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'workspaces-'));
  onTestFinished(() => remove(folder));
  return folder;
}

/** A worker whose shell runs, and the folder it works under. */
export async function aWorker(options: Partial<WorkerOptions> = {}) {
  const workRoot = await aFolder();
  const plane = new ScriptedControlPlane();
  const processes = new Processes({ sandbox: 'none' });
  onTestFinished(() => processes.close());
  const executors = new Map([['shell', new ShellExecutor({ processes })]]);
  const { worker } = await startWorker({ executors, workRoot, ...options }, plane);
  const run = async (input: string, more: object = {}) => {
    const grant = plane.grant(input, more);
    const { last, output } = await plane.end(grant);
    return { last, output, grant };
  };
  const left = () => readdir(join(workRoot, 'tasks'));
  return { plane, run, workRoot, left, worker };
}

export async function anArchive(files: Readonly<Record<string, string>>): Promise<Buffer> {
  const folder = await aFolder();
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  await create({ cwd: folder, file: join(folder, 'archive.tgz'), gzip: true }, Object.keys(files));
  return readFile(join(folder, 'archive.tgz'));
}

/** What a task's last fact says it left. */
export const artifactsOf = ({ data }: { data: object }) =>
  ('artifacts' in data ? data.artifacts : []) as { name: string; digest: string; bytes: number }[];
