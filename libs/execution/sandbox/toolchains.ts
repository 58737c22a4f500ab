import { basename, dirname, join, sep } from 'node:path';

/** Where a user's toolchains lie: the folder whose programs are on the PATH, and what those need besides. */
const IN_HOME: readonly (readonly [onPath: string, needed: readonly string[]])[] = [
  ['.asdf', ['.asdf']],
  ['.bun', ['.bun/bin', '.bun/install/global']],
  ['.cargo', ['.cargo/bin', '.rustup']], // not .cargo: it holds credentials
  ['.deno', ['.deno/bin']],
  ['.fnm', ['.fnm']],
  [
    '.local/bin',
    ['.local/bin', '.local/lib', '.local/share/uv/python', '.local/share/uv/tools', '.local/share/pipx'],
  ],
  ['.local/share/fnm', ['.local/share/fnm']],
  ['.local/share/mise', ['.local/share/mise']],
  ['.nvm', ['.nvm/versions']],
  ['.pyenv', ['.pyenv']],
  ['.rbenv', ['.rbenv']],
  ['.sdkman', ['.sdkman/candidates']],
  ['.volta', ['.volta']],
  ['go/bin', ['go/bin']],
];

/** Programs that need what lies beside their folder: `<prefix>/bin` needs `<prefix>/lib`. */
const PROGRAM_FOLDERS = new Set(['bin', 'sbin', 'shims']);

export type ToolchainOptions = Readonly<{
  /** The PATH's folders. */
  path: readonly string[];
  home: string;
  /** The node that runs. */
  node: string;
  /** Whatever else is to be seen. */
  more: readonly string[];
}>;

/** The folders, beside the system's own, that programs on the PATH live in. Some of them may not exist. */
export function toolchainFolders({ path, home, node, more }: ToolchainOptions): readonly string[] {
  const folders = [...path, dirname(node)].filter((folder) => folder.startsWith(sep));
  const wanted = folders.flatMap((folder) =>
    isWithin(folder, home) ? ofHome(folder, home) : [prefixOf(folder)],
  );
  return [...new Set([...wanted, node, ...more])];
}

function ofHome(folder: string, home: string): readonly string[] {
  const known = IN_HOME.filter(([onPath]) => isWithin(folder, join(home, onPath)));
  const needed = known.flatMap(([, paths]) => paths.map((path) => join(home, path)));
  return needed.length > 0 ? needed : [folder];
}

/** `/opt/node/bin` is a part of `/opt/node`; `/data/bin` is not one of `/data`, which may hold anything. */
function prefixOf(folder: string): string {
  const prefix = dirname(folder);
  const deep = prefix.split(sep).length > 2;
  return deep && PROGRAM_FOLDERS.has(basename(folder)) ? prefix : folder;
}

/** Whether `path` is `folder` or lies in it. */
export const isWithin = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
