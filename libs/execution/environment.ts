const KEPT = ['PATH', 'HOME', 'LANG', 'TERM', 'TMPDIR'];

/** What a task's processes see of our environment: where things are, and no secret. */
export function scrubbed(environment: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  const kept = KEPT.flatMap((name) => {
    const value = environment[name];
    return value === undefined ? [] : [[name, value]];
  });
  return Object.fromEntries(kept) as Record<string, string>;
}
