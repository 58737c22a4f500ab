import { RUN_VARIABLE } from './protocol.js';
import type { BoxOrder, RunOrder } from './protocol.js';
import type { Script } from './script.js';

/** Where a command that is too long for an argument lies in its box. */
const SCRIPT_INSIDE = '/run/coderclaw/script';

/** Where a box that has secrets reads them. */
export const SECRETS_FD = 4;

/** Never looked for on a PATH, where a task may have left one of its own. */
const SHELL = '/bin/sh';

/** Enters cgroups (the files before `--`) and becomes the rest: whatever that starts is in them from the beginning. */
const JOIN = 'while [ "$1" != -- ]; do echo $$ > "$1" || exit 125; shift; done; shift; exec "$@"';

/** The command line of a run. `joins` are the `cgroup.procs` files of its cgroups. */
export function commandLine(
  { box, run }: Pick<RunOrder, 'box' | 'run'>,
  script: Script,
  joins: readonly string[],
): readonly [string, ...string[]] {
  if (!box) return [SHELL, ...script.argv];
  const { enter, last, inside } = box;
  const mark = ['--setenv', RUN_VARIABLE, run];
  const long = script.file === null ? [] : ['--ro-bind', script.file, SCRIPT_INSIDE];
  const secret = hasSecrets(box) ? ['--args', `${SECRETS_FD}`] : [];
  const shell = script.file === null ? script.argv : [SCRIPT_INSIDE];
  const entered = [...enter, ...mark, ...secret, ...long, ...last, '--', ...inside, ...shell];
  return [SHELL, '-c', JOIN, 'sh', ...joins, '--', ...entered];
}

/** Whether there is something to be read at `SECRETS_FD`. */
export const hasSecrets = ({ secrets }: Pick<BoxOrder, 'secrets'>): boolean =>
  Object.keys(secrets).length > 0;

/** What is read there: options of bwrap, each ended by a NUL. */
export const secretOptions = ({ secrets }: Pick<BoxOrder, 'secrets'>): string =>
  Object.entries(secrets)
    .flatMap(([name, value]) => ['--setenv', name, value])
    .map((option) => `${option}\0`)
    .join('');
