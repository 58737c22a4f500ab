/** A program that speaks the Agent Client Protocol. */
export type AcpAgent = Readonly<{
  /** What is started: a program and its arguments, handed to it as they are. */
  command: readonly string[];
  /** Variables of its own, keys of models above all: they are never told. */
  env: Readonly<Record<string, string>>;
  /** What it may ask for. */
  skills: readonly string[];
}>;
