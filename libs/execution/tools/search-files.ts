import { join } from 'node:path';
import { z } from 'zod';
import { aTool, fitting } from './tool.js';
import { walk } from './walk.js';
import { textIn } from './workspace-file.js';
import { workspacePath } from './workspace-path.js';

const MAX_MATCHES = 200;
const MAX_LINE = 240;

const input = z.strictObject({
  text: z.string().min(1).max(500).describe('the text to look for, as it stands; no pattern'),
  path: z
    .string()
    .optional()
    .describe('folder to search, relative to the workspace; the whole of it unless given'),
  ignoreCase: z.boolean().optional(),
});

/** Finds a text. Not a pattern: one that takes for ever would stop the worker. */
export const searchFilesTool = aTool({
  description: 'Finds lines that contain a text, in the files of the workspace. Answers file:line: text.',
  input,
  what: ({ text }) => text,
  async run({ text, path = '.', ignoreCase = false }, { workspace, signal }) {
    const plain = (line: string) => (ignoreCase ? line.toLowerCase() : line);
    const root = await workspacePath(workspace, path);
    const found: string[] = [];
    for await (const file of walk(root)) {
      signal.throwIfAborted();
      const content = await textIn(workspace, join(path, file)).catch(() => ''); // too large, or no text
      for (const [index, line] of content.split('\n').entries())
        if (plain(line).includes(plain(text))) found.push(`${file}:${index + 1}: ${line.slice(0, MAX_LINE)}`);
      if (found.length >= MAX_MATCHES)
        return fitting(
          `${found.slice(0, MAX_MATCHES).join('\n')}\n[cut: only the first ${MAX_MATCHES} lines]`,
        );
    }
    return found.length === 0 ? '[not found]' : fitting(found.join('\n'));
  },
});
