import { z } from 'zod';
import { aTool, fitting } from './tool.js';
import { textIn } from './workspace-file.js';

const input = z.strictObject({
  path: z.string().describe('path of the file, relative to the workspace'),
  fromLine: z.int().min(1).optional().describe('first line to read, from 1'),
  lines: z.int().min(1).max(5000).optional().describe('how many lines to read; all unless given'),
});

/** Reads a text file, or some lines of it. */
export const readFileTool = aTool({
  description: 'Reads a text file of the workspace. Of a long file read a part at a time.',
  input,
  what: ({ path }) => path,
  async run({ path, fromLine = 1, lines }, { workspace }) {
    const text = await textIn(workspace, path);
    if (fromLine === 1 && lines === undefined) return fitting(text);
    const all = text.split('\n');
    return fitting(
      all.slice(fromLine - 1, lines === undefined ? undefined : fromLine - 1 + lines).join('\n'),
    );
  },
});
