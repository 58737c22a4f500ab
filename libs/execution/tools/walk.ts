import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isHidden } from './workspace-path.js';

/** Made from other files, and large. */
const SKIPPED: ReadonlySet<string> = new Set(['node_modules']);

/** The files below a folder by name, folder after folder; links are not followed, and what is kept from tools is left out. */
export async function* walk(root: string, folder = ''): AsyncIterable<string> {
  const entries = await readdir(join(root, folder), { withFileTypes: true }).catch(() => []);
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (isHidden(entry.name) || SKIPPED.has(entry.name)) continue;
    const name = join(folder, entry.name);
    if (entry.isDirectory()) yield* walk(root, name);
    else if (entry.isFile()) yield name;
  }
}
