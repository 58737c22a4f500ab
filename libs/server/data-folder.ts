import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Makes the data folder where there is none, for this user alone. Git ignores it: it lies in a repository by default, and
 * holds the token of a local server.
 */
export function makeDataFolder(dataDir: string): void {
  const made = mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  if (made !== undefined) writeFileSync(join(dataDir, '.gitignore'), '*\n');
}
