import { join } from 'node:path';
import { PolicyFile } from '#access';
import type { Logger, Stop } from '#contract';
import type { PolicyLayer } from '#policy';

/** The layers of a policy that are files of the repository this process was started for. */
export type PolicyLayers = Readonly<{
  /** The same array while they are the same. */
  current: () => readonly PolicyLayer[];
  watch: (changed: () => void) => Stop;
}>;

/** @throws {MeshError} `invalid_request` with every problem of the file, with line and column */
export function policyLayers(workspace: string, logger: Logger): PolicyLayers {
  const file = new PolicyFile(join(workspace, '.coderClaw', 'security.yaml'), logger);
  const read = (): readonly PolicyLayer[] =>
    file.document ? [{ name: 'repository', document: file.document }] : [];
  let layers = read();
  return {
    current: () => layers,
    watch: (changed) =>
      file.watch(() => {
        layers = read();
        changed();
      }),
  };
}
