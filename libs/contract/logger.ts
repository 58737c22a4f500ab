/** Port. Structured logs; platform brings the adapter. Never a secret, never a task's input or output. */
export abstract class Logger {
  abstract info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  abstract warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  abstract error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** Says nothing: for in-process use and tests. */
export class SilentLogger extends Logger {
  override info(): void {}
  override warn(): void {}
  override error(): void {}
}
