import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Config } from './config.js';
import { probe } from './probe.js';
import type { Probe } from './probe.js';

const OLDEST_NODE = [20, 19] as const;

const firstLine = (command: string, args: readonly string[]) =>
  execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    .trim()
    .split('\n')[0] ?? '';

/** What this machine must have, whatever the mode. */
export const machineProbes = (config: Config): Promise<readonly Probe[]> =>
  Promise.all([
    probe('node', `install Node ${OLDEST_NODE.join('.')} or newer`, nodeVersion),
    probe('shell', 'the shell agent needs /bin/sh', () => firstLine('/bin/sh', ['-c', 'echo /bin/sh'])),
    probe('git', 'install git', () => firstLine('git', ['--version'])),
    ...(config.mode === 'local-only' ? [dataFolder(config.dataDir)] : []),
  ]);

function nodeVersion(): string {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [needMajor, needMinor] = OLDEST_NODE;
  if (major < needMajor || (major === needMajor && minor < needMinor))
    throw new Error(`this is ${process.version}`);
  return process.version;
}

const dataFolder = (dataDir: string) =>
  probe('data folder', `make ${dataDir} writable, or choose another with --data-dir`, () => {
    accessSync(nearestExisting(dataDir), constants.W_OK);
    return dataDir;
  });

const nearestExisting = (folder: string): string =>
  existsSync(folder) ? folder : nearestExisting(dirname(folder));
