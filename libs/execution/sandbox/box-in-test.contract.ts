import { execFile } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import { messageOf } from '#errors';
import type { SandboxEnd } from '../supervisor.js';
import { bwrapBinary } from '../../../test/servers/bwrap-binary.mjs';
import { Processes } from './processes.js';
import type { ProcessRequest, ProcessSettings } from './processes.js';

const exec = promisify(execFile);

/** A bwrap for the specs of a file; `missing` says why they are skipped. The product's own probe is not asked: it is tested. */
export async function bwrapForSpecs(): Promise<Readonly<{ bwrap: string; missing: string | null }>> {
  try {
    const bwrap = await bwrapBinary();
    await exec(bwrap, ['--unshare-user', '--unshare-pid', '--ro-bind', '/', '/', '--proc', '/proc', 'true']);
    return { bwrap, missing: null };
  } catch (error) {
    return { bwrap: '', missing: messageOf(error) };
  }
}

/** What the title of specs that need a box says of why they are skipped. */
export const skipped = (missing: string | null): string => (missing === null ? '' : ` (skipped: ${missing})`);

/** What a command in a box printed and how it ended. */
export type Said = SandboxEnd & Readonly<{ output: string }>;

/** A folder that is gone after the test. */
export function aFolder(name: string): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), `cc-${name}-`)));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs commands in boxes, each with a workspace of its own unless one is given. To be closed. */
export class Boxes {
  readonly processes: Processes;

  constructor(bwrap: string, settings: ProcessSettings = {}) {
    this.processes = new Processes({ sandbox: 'bubblewrap', bwrap, ...settings });
  }

  async start(command: string, request: Partial<ProcessRequest> = {}) {
    let output = '';
    const write = (_pipe: unknown, bytes: Uint8Array): Promise<void> => {
      output += Buffer.from(bytes).toString('utf8');
      return Promise.resolve();
    };
    const workspace = request.workspace ?? aFolder('workspace');
    const asked = { command, remainingMs: 60_000, write, ...request, workspace };
    const running = await this.processes.run(asked);
    const ended = running.ended.then((end): Said => ({ ...end, output }));
    return { ...running, workspace, ended, said: () => output };
  }

  async run(command: string, request?: Partial<ProcessRequest>): Promise<Said> {
    return (await this.start(command, request)).ended;
  }

  close(): Promise<void> {
    return this.processes.close();
  }
}

/** Boxes with settings of their own, closed with the test. */
export function boxesWith(bwrap: string, settings: ProcessSettings): Boxes {
  const boxes = new Boxes(bwrap, settings);
  onTestFinished(() => boxes.close());
  return boxes;
}
