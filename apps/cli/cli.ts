import { CommanderError } from 'commander';
import { MeshError } from '#errors';
import type { Connector } from './connection.js';
import { EXIT } from './exit-codes.js';
import type { Io } from './io.js';
import { write } from './io.js';
import { programOf } from './program.js';
import { reportError } from './report-error.js';
import { Verbs } from './verb.js';
import { version } from './version.js';

/** Runs one command line, without the program's name. Answers the exit code; never throws. */
export async function runCli(argv: readonly string[], io: Io, connector: Connector): Promise<number> {
  if (VERSION_FLAGS.has(argv[0] ?? '')) return sayVersion(io);
  const verbs = new Verbs(io, connector);
  const program = programOf(verbs, io);
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return verbs.exitCode;
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return EXIT.interrupted;
    if (!(error instanceof CommanderError)) return reportError(io, error, { json: wantsJson(argv) });
    if (error.exitCode === 0) return EXIT.done; // help or version, asked for
    if (error.code === 'commander.help') return EXIT.usage; // the help was shown instead
    return reportError(io, usageError(error, argv), { json: wantsJson(argv) });
  }
}

/** Only as the first word: `audit replay` has a `--version` of its own. */
const VERSION_FLAGS: ReadonlySet<string> = new Set(['--version', '-V']);

async function sayVersion({ stdout }: Io): Promise<number> {
  await write(stdout, `${version}\n`);
  return EXIT.done;
}

/** Known even where the command line could not be parsed. */
const wantsJson = (argv: readonly string[]): boolean => {
  const end = argv.indexOf('--');
  return argv.slice(0, end < 0 ? argv.length : end).includes('--json');
};

function usageError({ message }: CommanderError, argv: readonly string[]): MeshError {
  const words = argv.filter((word) => /^[a-z]+$/.test(word)).slice(0, 1);
  const hint = `see \`${['coderclaw', ...words, '--help'].join(' ')}\``;
  return new MeshError('invalid_request', message.replace(/^error: /, ''), { hint });
}
