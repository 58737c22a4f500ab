import { Option } from 'commander';
import type { Command } from 'commander';
import type { Api } from './api.js';

/** Which session's memory: only one's own can be read. */
export type MemoryOptions = Readonly<{ session?: string }>;

/** The flags of a memory, on a command. */
export const withSession = (command: Command): Command =>
  command.addOption(new Option('--session <id>', 'of this session (default: the one you are in)'));

/** Where a session's memory is, or one key of it. */
export async function memoryPath(api: Api, { session }: MemoryOptions, key?: string): Promise<string> {
  const id = session ?? (await api.get<{ sessionId: string }>('/v1/me')).sessionId;
  const path = `/v1/sessions/${encodeURIComponent(id)}/memory`;
  return key === undefined ? path : `${path}/${encodeURIComponent(key)}`;
}
