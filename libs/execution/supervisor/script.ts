import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Linux takes no single argument of 128 KiB or more. */
const MAX_ARGUMENT_BYTES = 100 * 1024;

/** What to give `sh` for a command: text, or a file; and how to tidy up after it. */
export type Script = Readonly<{ argv: readonly string[]; file: string | null; remove: () => void }>;

/** `sh -c command`, or `sh <file>` where the command is too long for an argument. */
export function scriptFor(command: string): Script {
  if (Buffer.byteLength(command) <= MAX_ARGUMENT_BYTES)
    return { argv: ['-c', command], file: null, remove: () => {} };
  const folder = mkdtempSync(join(tmpdir(), 'coderclaw-'));
  const file = join(folder, 'script');
  writeFileSync(file, command, { mode: 0o600 });
  return { argv: [file], file, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
