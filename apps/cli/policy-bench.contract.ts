import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scriptedServer } from './scripted-api.contract.js';

/** A policy with a bit of each. */
export const POLICY = `
allowedRoles: [developer, admin]
agentPolicies:
  - { agentId: shell, deniedRoles: [ci], requireDeviceTrust: verified }
skillPolicies:
  - { skillId: shell-exec, dangerous: true }
`;

/** A repository with its files, and a server that is there to be asked or not. */
export async function policyBench() {
  const server = await scriptedServer();
  mkdirSync(join(server.folder, '.coderClaw'));
  return {
    ...server,
    write: (name: string, text: string) => writeFileSync(join(server.folder, '.coderClaw', name), text),
    /** With no server anywhere. */
    alone: async (...argv: readonly string[]) => {
      const call = server.start(['policy', ...argv]);
      const exitCode = await call.exitCode;
      return { exitCode, stdout: call.stdout(), stderr: call.stderr() };
    },
  };
}

export const jsonLines = (text: string): readonly Readonly<Record<string, unknown>>[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
