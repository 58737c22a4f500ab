import { pino } from 'pino';
import type { Logger as Pino } from 'pino';
import { Logger } from '#contract';

/** JSON lines on stderr: stdout belongs to what a command answers. */
export class PinoLogger extends Logger {
  private readonly pino: Pino;

  constructor(level: 'debug' | 'info' | 'warn' | 'error' | 'silent') {
    super();
    this.pino = pino(
      {
        level,
        base: null,
        timestamp: pino.stdTimeFunctions.isoTime,
        redact: ['token', 'password', 'authorization'],
      },
      pino.destination({ dest: 2, sync: true }),
    );
  }

  override info(message: string, fields: Readonly<Record<string, unknown>> = {}): void {
    this.pino.info(fields, message);
  }

  override warn(message: string, fields: Readonly<Record<string, unknown>> = {}): void {
    this.pino.warn(fields, message);
  }

  override error(message: string, fields: Readonly<Record<string, unknown>> = {}): void {
    this.pino.error(fields, message);
  }
}
