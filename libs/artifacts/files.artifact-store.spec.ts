import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { Clock } from '#contract';
import { artifactStoreContract, digestOf, inPieces, textOf } from './artifact-store.contract.js';
import { FilesArtifactStore } from './files.artifact-store.js';

async function opened(tenantQuotaBytes?: number, clock?: Clock) {
  const folder = await mkdtemp(join(tmpdir(), 'artifacts-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const store = new FilesArtifactStore({ folder, tenantQuotaBytes, clock });
  await store.sweep();
  return { store, folder };
}

const fileOf = (folder: string, digest: string) => {
  const hex = digest.slice('sha256:'.length);
  return join(folder, 'here', hex.slice(0, 2), hex);
};

const LIMIT = { maxBytes: 1000 };

artifactStoreContract('FilesArtifactStore', async (clock) => (await opened(undefined, clock)).store);

it('says so when a file was damaged, and is mended by another put', async () => {
  const { store, folder } = await opened();
  const { digest } = await store.put('here', inPieces('whole'), LIMIT);
  await writeFile(fileOf(folder, digest), 'whale');
  await expect(textOf((await store.open('here', digest))?.content)).rejects.toThrow('was damaged');
  await store.put('here', inPieces('whole'), LIMIT);
  expect(await textOf((await store.open('here', digest))?.content)).toBe('whole');
});

it('refuses what a tenant has no room for, and takes it when room was made', async () => {
  const { store, folder } = await opened(10);
  const { digest } = await store.put('here', inPieces('12345678'), LIMIT);
  await expect(store.put('here', inPieces('abc'), LIMIT)).rejects.toMatchObject({
    code: 'payload_too_large',
    message: expect.stringContaining('8 of at most 10 bytes'),
  });
  expect(await store.put('here', inPieces('12345678'), LIMIT)).toMatchObject({ digest });
  expect(await store.put('there', inPieces('abc'), LIMIT)).toMatchObject({ bytes: 3 });
  await rm(fileOf(folder, digest));
  expect(await store.put('here', inPieces('abc'), LIMIT)).toMatchObject({ bytes: 3 });
});

const KILLED = `
  const { pathToFileURL } = require('node:url');
  const { runnerImport } = require('vite');
  const config = { configFile: false, logLevel: 'silent', environments: { inline: { resolve: { conditions: ['coderclaw-source'] } } } };
  runnerImport(process.argv[1], config).then(async ({ module }) => {
    const store = new module.FilesArtifactStore({ folder: process.argv[2] });
    const content = (async function* () {
      for (let i = 0; ; i++) {
        yield Buffer.alloc(65536, 1);
        if (i === 20) process.stdout.write('written');
      }
    })();
    await store.put('here', content, { maxBytes: Infinity });
  });
`;

it('has nothing half written after its process was killed in the middle', async () => {
  const { store, folder } = await opened();
  const index = new URL('index.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, ['-e', KILLED, index, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: process.cwd(),
  });
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
  const there = await readdir(folder);
  expect(there).toEqual(['.incoming']);
  const [left = ''] = await readdir(join(folder, '.incoming'));
  await store.sweep();
  expect(await readdir(join(folder, '.incoming'))).toEqual([left]); // another process may be at it
  const yesterday = new Date(Date.now() - 25 * 60 * 60 * 1000);
  await utimes(join(folder, '.incoming', left), yesterday, yesterday);
  await store.sweep();
  expect(await readdir(join(folder, '.incoming'))).toEqual([]);
  expect(await store.sizeOf('here', digestOf(''))).toBeNull();
}, 60_000);
