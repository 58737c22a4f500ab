import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { aFolder, bwrapForSpecs, skipped } from './box-in-test.contract.js';
import type { Confinement } from './confinement.js';
import { Processes } from './processes.js';
import type { ProcessSettings } from './processes.js';

const { bwrap, missing } = await bwrapForSpecs();

/** How processes run with these settings. */
async function tried(settings: ProcessSettings): Promise<Confinement> {
  const processes = new Processes({ sandbox: 'bubblewrap', ...settings });
  onTestFinished(() => processes.close());
  return processes.open();
}

function aProgram(text: string): string {
  const file = join(aFolder('bwrap'), 'bwrap');
  writeFileSync(file, `#!/bin/sh\n${text}\n`);
  chmodSync(file, 0o755);
  return file;
}

/** A bwrap that takes other words for an option and its arguments. */
const altered = (option: string, itsArguments: number, instead: string): string =>
  aProgram(`
n=$#; skip=0
while [ $n -gt 0 ]; do
  word=$1; shift; n=$((n - 1))
  if [ $skip -gt 0 ]; then skip=$((skip - 1)); continue; fi
  if [ "$word" = "${option}" ]; then skip=${itsArguments}; set -- "$@" ${instead}; continue; fi
  set -- "$@" "$word"
done
exec '${bwrap}' "$@"`);

describe.skipIf(missing !== null)(`the probe of a sandbox${skipped(missing)}`, () => {
  it('finds that the real one holds, and says what limits there are', async () => {
    const found = await tried({ bwrap });
    expect(found).toMatchObject({
      kind: 'bubblewrap',
      detail: expect.stringMatching(/^bwrap 0\.\d+\.\d+, cgroups /),
    });
  });

  it.each([
    ['shares the network', ['--unshare-all', 0, '--unshare-all --share-net'], 'network devices'],
    ['lets a task keep its name', ['--uid', 1, ''], 'is not nobody'],
    ['lets a task make namespaces', ['--disable-userns', 0, ''], 'can make namespaces'],
    ['shows what is outside', ['--symlink', 2, '--bind /tmp /tmp'], 'can read a file outside'],
    ['shows no processes', ['--proc', 1, ''], ''],
  ] as const)('finds out a bwrap that %s', async (_what, [option, itsArguments, instead], problem) => {
    const found = await tried({ bwrap: altered(option, itsArguments, instead) });
    expect(found.kind).toBe('refused');
    expect(JSON.stringify(found)).toContain(problem);
  });

  it('finds out a program that makes no box at all, but runs what it is given', async () => {
    const impostor = aProgram(`
case $1 in --version) echo 'bubblewrap 9.9'; exit ;; --help) '${bwrap}' --help; exit ;; esac
while [ "$1" != -- ]; do shift; done; shift; exec "$@"`);
    expect(await tried({ bwrap: impostor })).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('is not nobody'),
    });
  });

  it('names what an old bwrap lacks, and where to get a newer one', async () => {
    const old = aProgram(`
case $1 in --version) echo 'bubblewrap 0.6.1' ;; *) '${bwrap}' --help | grep -vE -- '--(disable-userns|size) ' ;; esac`);
    expect(await tried({ bwrap: old })).toMatchObject({
      kind: 'refused',
      reason: expect.stringMatching(
        /bwrap 0\.6\.1 lacks --disable-userns, --size\).*install bubblewrap 0\.8 or newer/,
      ),
    });
  });

  it('says what to switch on where the kernel makes no namespaces for users', async () => {
    const barred = aProgram(`
case $1 in --version|--help) exec '${bwrap}' "$1" ;; esac
echo 'bwrap: No permissions to create a new namespace, likely because the kernel does not allow' >&2; exit 1`);
    expect(await tried({ bwrap: barred })).toMatchObject({
      kind: 'refused',
      reason: expect.stringMatching(/No permissions to create.*allow user namespaces/s),
    });
  });
});
