import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach } from 'vitest';
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

/** Gives each test a workspace with a file, a folder outside of it with a secret, and a record of steps. */
export function aWorkspace() {
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
    ...more,
  });
  const use = (name: string, input: object, more: Partial<ToolContext> = {}) =>
    useTool({ name, input }, builtInTools(SKILLS), () => Promise.resolve(), context(more));
  return { place, context, use };
}
