import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { z } from 'zod';
import { MeshError, messageOf } from '#errors';
import { scrubbed } from '../environment.js';
import { aTool, fitting } from './tool.js';
import { workspacePath } from './workspace-path.js';

const run = promisify(execFile);

const input = z.strictObject({
  path: z.string().optional().describe('file or folder, relative to the workspace; all of it unless given'),
  against: z
    .string()
    .regex(/^[A-Za-z0-9_][A-Za-z0-9_./~^-]{0,200}$/, 'must be the name of a commit, a branch or a tag')
    .optional()
    .describe('commit, branch or tag to compare with; HEAD unless given'),
});

/** What a repository may not have run on us: hooks, monitors, drivers for diffs and for what attributes name. */
const UNTRUSTED = ['-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null', '--no-pager'];
const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';
const ENVIRONMENT = {
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_ATTR_SOURCE: EMPTY_TREE,
  GIT_OPTIONAL_LOCKS: '0',
  GIT_TERMINAL_PROMPT: '0',
};

/** Shows what differs from a commit, and which files git does not know. */
export const gitDiffTool = aTool({
  description:
    'Shows what differs in the workspace from a commit (HEAD unless named), and names the files git does not know.',
  input,
  what: ({ path = '.' }) => path,
  async run({ path = '.', against = 'HEAD' }, { workspace, signal }) {
    const place = await workspacePath(workspace, path);
    const git = async (...args: string[]) => {
      const { stdout } = await run('git', [...UNTRUSTED, ...args], {
        cwd: workspace,
        env: { ...scrubbed(process.env), ...ENVIRONMENT },
        maxBuffer: 8 * 1024 * 1024,
        timeout: 30_000,
        signal,
      });
      return stdout;
    };
    try {
      const diff = await git('diff', '--no-ext-diff', '--no-textconv', '--no-color', against, '--', place);
      const unknown = await git('ls-files', '--others', '--exclude-standard', '--', place);
      return fitting(`${diff || '[no differences]\n'}${unknown && `\nNot known to git:\n${unknown}`}`);
    } catch (error) {
      signal.throwIfAborted();
      throw new MeshError('invalid_request', `git cannot tell: ${messageOf(error).slice(0, 500)}`);
    }
  },
});
