const KEPT = ['PATH', 'HOME', 'LANG', 'TERM', 'TMPDIR'];

/** Names of toolchains' folders, and how to write numbers and times. A box has a home and a /tmp of its own. */
const KEPT_IN_BOX = [
  'PATH',
  'LANG',
  'LC_ALL',
  'LC_CTYPE',
  'TERM',
  'TZ',
  'JAVA_HOME',
  'GOROOT',
  'NVM_DIR',
  'PYENV_ROOT',
  'RBENV_ROOT',
  'RUSTUP_HOME',
  'VOLTA_HOME',
];

const keep = (names: readonly string[], environment: NodeJS.ProcessEnv): Readonly<Record<string, string>> =>
  Object.fromEntries(
    names.flatMap((name) => {
      const value = environment[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );

/** What a task's processes see of our environment: where things are, and no secret. */
export const scrubbed = (environment: NodeJS.ProcessEnv): Readonly<Record<string, string>> =>
  keep(KEPT, environment);

/** What they see of it in a box. */
export const boxEnvironment = (environment: NodeJS.ProcessEnv): Readonly<Record<string, string>> =>
  keep(KEPT_IN_BOX, environment);
