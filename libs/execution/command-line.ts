/** A program and its arguments for `sh`, which becomes the program: each reaches it as it is. */
export const commandLineOf = (argv: readonly string[]): string =>
  `exec ${argv.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(' ')}`;
