import { HOW_TO_INSTALL } from './bubblewrap.js';

/** `auto`: bubblewrap where it works; where not, in local-only mode nothing, and on a remote worker no processes at all. */
export type SandboxSetting = 'auto' | 'bubblewrap' | 'none';

/** How tasks' processes run here. */
export type Confinement =
  | Readonly<{ kind: 'bubblewrap'; detail: string }>
  | Readonly<{ kind: 'bare'; warning: string | null }>
  | Readonly<{ kind: 'refused'; reason: string }>;

/** What a trial found: a box that holds, or why there is none. */
export type Trial =
  Readonly<{ holds: true; detail: string }> | Readonly<{ holds: false; problem: string; remedy: string }>;

/** @param trial null where none was made, as the setting is `none` */
export function confinementOf(setting: SandboxSetting, local: boolean, trial: Trial | null): Confinement {
  if (trial === null) return { kind: 'bare', warning: null };
  if (trial.holds) return { kind: 'bubblewrap', detail: trial.detail };
  const { problem, remedy } = trial;
  if (setting === 'auto' && local) return { kind: 'bare', warning: `${BARE}: ${problem}; ${remedy}` };
  return { kind: 'refused', reason: `${REFUSED} (${problem}): ${remedy}; ${ACCEPT}` };
}

const BARE = 'tasks run without a sandbox, with all your rights';
const REFUSED = 'this worker starts no processes, as it has no working sandbox';
const ACCEPT =
  'or accept that tasks run with all the rights of the worker by the setting `execution.sandbox: none`';

/** Ways out of what makes bwrap fail, by what it says. */
const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [/^there is no bwrap|does not run|lacks/, HOW_TO_INSTALL],
  [/needs Linux/, 'run the worker on Linux, in a virtual machine or in WSL'],
  [
    /namespace|uid map|Operation not permitted|Permission denied/,
    'allow user namespaces: sysctl user.max_user_namespaces above 0, kernel.unprivileged_userns_clone=1 (Debian), ' +
      'kernel.apparmor_restrict_unprivileged_userns=0 or an AppArmor profile for bwrap (Ubuntu 24.04), and in Docker ' +
      '`--security-opt seccomp=unconfined --security-opt systempaths=unconfined`',
  ],
];

/** What to do about a problem. */
export const remedyFor = (problem: string): string =>
  REMEDIES.find(([pattern]) => pattern.test(problem))?.[1] ?? '`coderclaw doctor` tells more';
