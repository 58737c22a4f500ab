/** A program that speaks the Agent Client Protocol. */
export type AcpAgent = Readonly<{
  /** What is started: a program and its arguments, handed to it as they are. */
  command: readonly string[];
  /** Variables of its own, keys of models above all: they are never told. */
  env: Readonly<Record<string, string>>;
  /** What it may ask for. */
  skills: readonly string[];
}>;

/** For `sh`, which becomes the program. */
export const commandLineOf = ({ command }: Pick<AcpAgent, 'command'>): string =>
  `exec ${command.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(' ')}`;

/** Shorter values stand in many a text by chance. */
const MIN_SECRET_CHARACTERS = 4;

/** A text without the values of an agent's variables: their names stand in their place. */
export const withoutSecrets = (text: string, { env }: Pick<AcpAgent, 'env'>): string =>
  Object.entries(env)
    .filter(([, value]) => value.length >= MIN_SECRET_CHARACTERS)
    .toSorted(([, one], [, other]) => other.length - one.length) // one may be the beginning of another
    .reduce((clean, [name, value]) => clean.replaceAll(value, `[${name}]`), text);
