import { z } from 'zod';
import { aTool, fitting } from './tool.js';
import { walk } from './walk.js';
import { workspacePath } from './workspace-path.js';

const MAX_FILES = 1000;

const input = z.strictObject({
  path: z
    .string()
    .optional()
    .describe('folder to list, relative to the workspace; the whole of it unless given'),
});

/** Lists the files of a folder and of those in it. */
export const listFilesTool = aTool({
  description: 'Lists the files of the workspace, or of a folder of it, with those in its folders.',
  input,
  what: ({ path = '.' }) => path,
  async run({ path = '.' }, { workspace, signal }) {
    const files: string[] = [];
    for await (const file of walk(await workspacePath(workspace, path))) {
      signal.throwIfAborted();
      if (files.length === MAX_FILES)
        return fitting(`${files.join('\n')}\n[cut: only the first ${MAX_FILES} files]`);
      files.push(file);
    }
    return files.length === 0 ? '[no files]' : fitting(files.join('\n'));
  },
});
