import { readFileSync } from 'node:fs';
import { RuntimeIdentity } from '#read-models';
import type { Config } from '#platform';

/** From the package that this file is part of, wherever it was built to. */
export const VERSION: string = readVersion(new URL('.', import.meta.url));

/** What this process says of itself. */
export const identityOf = ({ mode }: Config): RuntimeIdentity => ({
  mode,
  version: VERSION,
  startedAt: new Date(),
});

function readVersion(folder: URL): string {
  try {
    const { name, version } = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8')) as Record<
      string,
      string
    >;
    if (name === 'coderclaw' && version) return version;
  } catch {
    // Not here: further up.
  }
  const parent = new URL('..', folder);
  return parent.href === folder.href ? '0.0.0' : readVersion(parent);
}
