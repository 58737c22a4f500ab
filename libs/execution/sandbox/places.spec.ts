import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { aFolder, boxesWith, bwrapForSpecs, skipped } from './box-in-test.contract.js';

const { bwrap, missing } = await bwrapForSpecs();
const SECRET = 'what nobody inside may read';

describe.skipIf(missing !== null)(`a task in its box${skipped(missing)}`, () => {
  it('has its workspace, although that lies in a folder that is hidden, of one that is to be read', async () => {
    const project = aFolder('project');
    const hidden = [join(project, 'data'), join(project, 'data', 'work')];
    const workspace = join(project, 'data', 'work', 'workspace');
    mkdirSync(workspace, { recursive: true });
    writeFileSync(join(project, 'data', 'token'), SECRET);
    const { code, output } = await boxesWith(bwrap, { hidden, toolchains: [project] }).run(
      'echo made > file; ls ../..; cat ../../token; echo bad > ../../new || exit 0',
      { workspace },
    );
    expect([code, output.includes(SECRET)]).toEqual([0, false]);
    expect(readFileSync(join(workspace, 'file'), 'utf8')).toBe('made\n');
  });

  it('writes what is to be kept, also where its folder lies in one that is hidden, and reaches nothing beside it', async () => {
    const workspace = aFolder('workspace');
    const artifacts = join(workspace, 'data', 'work', 'artifacts');
    mkdirSync(artifacts, { recursive: true });
    writeFileSync(join(workspace, 'data', 'token'), SECRET);
    const { output } = await boxesWith(bwrap, { hidden: [join(workspace, 'data')] }).run(
      'echo kept > $CODERCLAW_ARTIFACTS/f; cat $CODERCLAW_ARTIFACTS/../token data/token; ls data $CODERCLAW_ARTIFACTS/..',
      { workspace, artifacts },
    );
    expect(output).not.toContain(SECRET);
    expect(readFileSync(join(artifacts, 'f'), 'utf8')).toBe('kept\n');
  });
});
