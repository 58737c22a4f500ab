import { existsSync, lstatSync, realpathSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { MeshError } from '#errors';
import { boxEnvironment } from '../environment.js';
import type { Box } from './box.js';
import { bytesOf } from './limits.js';
import { PROC_MASKED, SYSTEM } from './system.js';
import { isWithin, toolchainFolders } from './toolchains.js';

export type SurveyOptions = Readonly<{
  workspace: string;
  artifacts?: string | undefined;
  env: Readonly<Record<string, string>>;
  /** Further folders and files that are to be seen inside. */
  toolchains: readonly string[];
  /** Folders and files that are not, wherever they are. */
  hidden: readonly string[];
  temporaryMb: number;
  egress: Box['egress'];
}>;

/** Settings and policy of the workspace: a task that could write them would write its own rights. */
const SETTINGS_FOLDER = '.coderClaw';

/** Where the home folder is for one who has none worth the name. */
const SOME_HOME = '/home/task';

/**
 * Describes the box of a task on this machine as it is now.
 *
 * @throws {MeshError} `invalid_request` when the workspace is one that a box must not show, or is not there
 */
export function surveyed(options: SurveyOptions, environment: NodeJS.ProcessEnv = process.env): Box {
  const home = homeOf(environment);
  const workspace = workspaceOf(options.workspace, home);
  const readOnly = toolchainsOf(options.toolchains, home, environment).filter(
    (path) => !isWithin(path, workspace),
  );
  const shown = [workspace, ...readOnly];
  const secret = options.hidden
    .filter((path) => existsSync(path))
    .map((path) => realpathSync(path))
    .filter((path) => shown.some((folder) => isWithin(path, folder)))
    .filter((path, _, all) => !all.some((other) => path !== other && isWithin(path, other)));
  return {
    workspace,
    artifacts: options.artifacts === undefined ? null : realpathSync(options.artifacts),
    readOnly,
    kept: [join(workspace, SETTINGS_FOLDER)].filter((path) => isRealFolder(path)),
    hidden: secret.filter((path) => isRealFolder(path)),
    blanked: secret.filter((path) => !isRealFolder(path)),
    masked: PROC_MASKED.filter((path) => existsSync(path)),
    home,
    env: { ...boxEnvironment(environment), HOME: home, ...options.env },
    temporaryBytes: bytesOf(options.temporaryMb),
    egress: options.egress,
  };
}

function homeOf({ HOME }: NodeJS.ProcessEnv): string {
  if (HOME === undefined || !existsSync(HOME)) return SOME_HOME;
  const home = realpathSync(HOME);
  return SYSTEM.some((folder) => isWithin(folder, home) || isWithin(home, folder)) ? SOME_HOME : home;
}

function workspaceOf(folder: string, home: string): string {
  if (!existsSync(folder)) throw new MeshError('invalid_request', `the workspace ${folder} does not exist`);
  const workspace = realpathSync(folder);
  if (!isWithin(home, workspace)) return workspace;
  throw new MeshError(
    'invalid_request',
    `the workspace ${workspace} is or holds the home folder ${home}, which no sandboxed task may see: ` +
      'choose a folder of its own (--workspace), or accept tasks without a sandbox (execution.sandbox: none)',
  );
}

function toolchainsOf(
  more: readonly string[],
  home: string,
  { PATH = '' }: NodeJS.ProcessEnv,
): readonly string[] {
  const path = PATH.split(delimiter);
  return toolchainFolders({ path, home, node: process.execPath, more })
    .filter((folder) => existsSync(folder) && !isWithin(home, folder))
    .filter((folder) => !SYSTEM.some((shown) => isWithin(folder, shown)));
}

const isRealFolder = (path: string): boolean =>
  (statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false) && !lstatSync(path).isSymbolicLink();
