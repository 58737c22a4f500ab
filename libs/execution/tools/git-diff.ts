import { z } from 'zod';
import { MeshError, isMeshError } from '#errors';
import { askGit } from './git.js';
import { aTool, fitting } from './tool.js';
import { workspacePath } from './workspace-path.js';

const input = z.strictObject({
  path: z.string().optional().describe('file or folder, relative to the workspace; all of it unless given'),
  against: z
    .string()
    .regex(/^[A-Za-z0-9_][A-Za-z0-9_./~^-]{0,200}$/, 'must be the name of a commit, a branch or a tag')
    .optional()
    .describe('commit, branch or tag to compare with; HEAD unless given'),
});

/** Shows what differs from a commit, and which files git does not know. */
export const gitDiffTool = aTool({
  description:
    'Shows what differs in the workspace from a commit (HEAD unless named), and names the files git does not know.',
  input,
  what: ({ path = '.' }) => path,
  async run({ path = '.', against = 'HEAD' }, { workspace, look }) {
    const place = await workspacePath(workspace, path);
    const git = (...args: string[]) => askGit(args, look);
    try {
      const diff = await git(
        'diff',
        '--no-ext-diff',
        '--no-textconv',
        '--no-color',
        '--ignore-submodules',
        against,
        '--',
        place,
      );
      const unknown = await git('ls-files', '--others', '--exclude-standard', '--', place);
      return fitting(`${diff || '[no differences]\n'}${unknown && `\nNot known to git:\n${unknown}`}`);
    } catch (error) {
      if (!isMeshError(error, 'invalid_request')) throw error;
      throw new MeshError('invalid_request', `git cannot tell: ${error.message}`);
    }
  },
});
