import { mkdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { isWithin } from '../sandbox/toolchains.js';
import { git } from './git.js';

/** A diff that is larger is not made. */
const MAX_DIFF_BYTES = 16 * 1024 * 1024;

/** The longest that git may look: a pipe called .gitignore would keep it waiting for ever. */
const MAX_LOOK_MS = 120_000;

export type DiffOptions = Readonly<{
  /** Folders and files that are not looked at, where they lie in the workspace. */
  hidden?: readonly string[] | undefined;
  /** Aborts when nobody wants it any more. */
  signal?: AbortSignal | undefined;
  /** How long git may look each time. @default 120 s */
  timeoutMs?: number | undefined;
}>;

/**
 * What changed in a folder since it was looked at first. Kept in a repository of its own, so that it takes no git
 * repository to work on, and touches none that is there. What .gitignore names is not looked at.
 */
export class WorkspaceDiff {
  private before = '';

  /** @param repository a folder for its own records */
  constructor(
    private readonly workspace: string,
    private readonly repository: string,
    private readonly options: DiffOptions = {},
  ) {}

  async begin(): Promise<void> {
    await mkdir(this.repository, { recursive: true, mode: 0o700 });
    await this.git(['init', '--quiet', '--template=']);
    this.before = await this.snapshot('before');
  }

  /** A unified diff, with binary files in it; empty if nothing changed. @throws {MeshError} if it is too large */
  async end(): Promise<Buffer> {
    const after = await this.snapshot('after');
    const flags = ['--patch', '--binary', '--no-color', '--no-ext-diff', '--no-textconv', '--no-renames'];
    return this.git(['diff-tree', '-r', ...flags, this.before, after], { maxBytes: MAX_DIFF_BYTES });
  }

  /** Files are named to git one by one: it does not look into repositories that are in the folder. */
  private async snapshot(name: string): Promise<string> {
    const env = { GIT_INDEX_FILE: join(this.repository, `index-${name}`) };
    const hidden = (this.options.hidden ?? []).flatMap((path) => patternOf(path, this.workspace));
    const listed = await this.git(['ls-files', '-z', '--others', '--exclude-standard', ...hidden], { env });
    const files = listed
      .toString('latin1')
      .split('\0')
      .filter((path) => path !== '' && !path.endsWith('/'));
    const input = Buffer.from(files.map((path) => `${path}\0`).join(''), 'latin1');
    await this.git(['update-index', '--add', '-z', '--stdin'], { env, input });
    return (await this.git(['write-tree'], { env })).toString().trim();
  }

  private git(
    args: readonly string[],
    { env = {}, ...more }: Readonly<{ env?: Record<string, string>; input?: Buffer; maxBytes?: number }> = {},
  ): Promise<Buffer> {
    const where = { GIT_DIR: this.repository, GIT_WORK_TREE: this.workspace };
    const { signal, timeoutMs = MAX_LOOK_MS } = this.options;
    return git(args, { cwd: this.workspace, env: { ...where, ...env }, signal, timeoutMs, ...more });
  }
}

/** What has git leave out a path of the workspace; nothing for one that lies elsewhere. */
function patternOf(path: string, workspace: string): readonly string[] {
  if (!isWithin(path, workspace)) return [];
  const name = relative(workspace, path).split(sep).join('/');
  return [`--exclude=/${name.replaceAll(/[\\*?[\]]/g, String.raw`\$&`)}`];
}
