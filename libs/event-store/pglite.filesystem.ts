import { closeSync, existsSync, fsyncSync, openSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { NodeFS } from '@electric-sql/pglite/nodefs';

/** What Emscripten's file system over Node's looks like from where we patch it. */
type NodeMount = {
  stream_ops: { fsync?: (stream: Readonly<{ nfd?: number; node: unknown }>) => number };
  realPath(node: unknown): string;
};

/** Without `-F` (no fsync), and with the one way to sync the WAL that reaches `stream_ops.fsync`. */
export const DURABLE_START = [
  ...PGlite.defaultStartParams.filter((parameter) => parameter !== '-F'),
  '-c',
  'wal_sync_method=fsync',
];

const syncForReal = (module: unknown): void => {
  const { NODEFS } = module as { NODEFS: NodeMount };
  NODEFS.stream_ops.fsync = ({ nfd, node }) => {
    if (nfd === undefined)
      syncPath(NODEFS.realPath(node)); // a directory
    else fsyncSync(nfd);
    return 0;
  };
};

/** PGlite's Node file system, whose fsync does nothing, with one that does. */
export class DurableNodeFs extends NodeFS {
  override async init(...args: Parameters<NodeFS['init']>): ReturnType<NodeFS['init']> {
    const { emscriptenOpts } = await super.init(...args);
    const preRun = emscriptenOpts.preRun ?? [];
    return { emscriptenOpts: { ...emscriptenOpts, preRun: [...(preRun as never[]), syncForReal] } };
  }
}

/** True where a database has been made in the folder. */
export const hasDatabase = (folder: string): boolean => existsSync(join(folder, 'PG_VERSION'));

/** Makes durable what was written before fsync was on: the files of a new database. */
export function syncTree(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) syncTree(path);
    else if (entry.isFile()) syncPath(path);
  }
  syncPath(folder);
}

function syncPath(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
