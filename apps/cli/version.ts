import { createRequire } from 'node:module';

const manifest = createRequire(import.meta.url)('coderclaw/package.json') as Readonly<{ version: string }>;

/** The package's version. */
export const version: string = manifest.version;
