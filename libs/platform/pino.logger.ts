import { pino } from 'pino';
import type { DestinationStream, Logger as Pino } from 'pino';
import { Logger } from '#contract';
import { redact, redactText } from './redact.js';

/** JSON lines on stderr: stdout belongs to what a command answers. Secrets are taken out by name and by form. */
export class PinoLogger extends Logger {
  private readonly pino: Pino;

  /** @param to @default stderr, written at once, so that the last words of a process that dies are kept */
  constructor(
    level: 'debug' | 'info' | 'warn' | 'error' | 'silent',
    to: DestinationStream = pino.destination({ dest: 2, sync: true }),
  ) {
    super();
    this.pino = pino(
      {
        level,
        base: null,
        timestamp: pino.stdTimeFunctions.isoTime,
        serializers: {}, // an error is told by `redact`, under whatever name
        formatters: { log: redact },
      },
      to,
    );
  }

  override info(message: string, fields: Readonly<Record<string, unknown>> = {}): void {
    this.pino.info(fields, redactText(message));
  }

  override warn(message: string, fields: Readonly<Record<string, unknown>> = {}): void {
    this.pino.warn(fields, redactText(message));
  }

  override error(message: string, fields: Readonly<Record<string, unknown>> = {}): void {
    this.pino.error(fields, redactText(message));
  }
}
