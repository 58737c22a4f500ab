/** Of a git that reads what nobody trusts: nobody's settings but the repository's own, no lock, no question at a terminal. */
export const WARY = {
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_TERMINAL_PROMPT: '0',
} as const;

/** Commands that a repository's settings could have run on us, set to nothing. */
export const HARMLESS: readonly (readonly [string, string])[] = [
  ['core.fsmonitor', 'false'],
  ['core.hooksPath', '/dev/null'],
];
