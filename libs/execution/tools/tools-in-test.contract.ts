import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach } from 'vitest';
import { SystemClock } from '#contract';
import { Lease } from '../lease.js';
import { look } from '../sandbox/look.js';
import { Processes } from '../sandbox/processes.js';
import type { ProcessSettings } from '../sandbox/processes.js';
import type { ToolContext } from './tool.js';
import { builtInTools, useTool } from './toolbox.js';

/** Every skill that is a tool. */
export const SKILLS = [
  'read-file',
  'list-files',
  'search-files',
  'edit-file',
  'git-diff',
  'fetch-url',
  'shell-exec',
];

/**
 * Gives each test a workspace with a file, a folder outside of it with a secret, and a record of steps.
 *
 * @param settings how the programs of tools run
 */
export function aWorkspace(settings: ProcessSettings = { sandbox: 'none' }) {
  const processes = new Processes(settings);
  const clock = new SystemClock();
  const lease = new Lease(clock, clock.monotonicMs() + 600_000);
  afterAll(() => processes.close());
  const place = { workspace: '', outside: '', recorded: new Map<string, unknown>() };
  beforeEach(() => {
    const folder = mkdtempSync(join(tmpdir(), 'tools-spec-'));
    place.workspace = join(folder, 'workspace');
    place.outside = join(folder, 'outside');
    place.recorded = new Map();
    mkdirSync(join(place.workspace, 'src'), { recursive: true });
    mkdirSync(place.outside);
    writeFileSync(join(place.outside, 'secret'), 'hunter2');
    writeFileSync(join(place.workspace, 'src', 'a.ts'), 'one\ntwo\nthree\n');
    return () => rmSync(folder, { recursive: true });
  });
  const step: ToolContext['step'] = async (key, _kind, work) => {
    const { recorded } = place;
    if (!recorded.has(key)) recorded.set(key, (await work({ write: () => Promise.resolve() })).result);
    return recorded.get(key) as never;
  };
  const context = (more: Partial<ToolContext> = {}): ToolContext => ({
    key: 'tool:1',
    workspace: place.workspace,
    step,
    isDone: async (key) => place.recorded.has(key),
    signal: new AbortController().signal,
    fetch: 'public',
    command: () => Promise.resolve({ type: 'Completed', data: { output: '' } }),
    look: (argv, env) =>
      look(processes, {
        argv,
        workspace: place.workspace,
        env,
        lease,
        signal: new AbortController().signal,
      }),
    ...more,
  });
  const use = (name: string, input: object, more: Partial<ToolContext> = {}) =>
    useTool({ name, input }, builtInTools(SKILLS), () => Promise.resolve(), context(more));
  return { place, context, use };
}
