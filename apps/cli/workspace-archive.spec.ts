import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { list } from 'tar';
import { expect, it, onTestFinished } from 'vitest';
import { runCli } from './cli.js';
import { connector } from './connection.js';
import { fakeIo } from './fake-cli.contract.js';
import { archiveOf } from './workspace-archive.js';

async function aFolder(files: Readonly<Record<string, string | Buffer>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'archive-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  return folder;
}

async function namesIn(archive: Buffer): Promise<readonly string[]> {
  const names: string[] = [];
  const reading = list({ onReadEntry: ({ path }) => void names.push(path.replace(/^\.\//, '')) });
  await new Promise((resolve) => Readable.from([archive]).pipe(reading).on('end', resolve));
  return names.filter((name) => name !== '' && !name.endsWith('/')).toSorted();
}

const FILES = {
  '.gitignore': 'secret.env\nnode_modules\n',
  'secret.env': 'KEY=1',
  'src/main.js': '1',
  '@odd': 'x',
  'node_modules/x/index.js': 'x',
};

it('has what git tracks or would', async () => {
  const folder = await aFolder(FILES);
  execFileSync('git', ['init', '--quiet'], { cwd: folder });
  const told: string[] = [];
  const archive = await archiveOf(folder, (message) => told.push(message));
  expect(await namesIn(archive)).toEqual(['.gitignore', '@odd', 'src/main.js']);
  expect(told).toEqual([`packing ${folder}`, 'sending 0.0 MiB']);
});

it('has all but dependencies where there is no git', async () => {
  const folder = await aFolder(FILES);
  const archive = await archiveOf(folder, () => {});
  expect(await namesIn(archive)).toEqual(['.gitignore', '@odd', 'secret.env', 'src/main.js']);
});

it.each([['with git'], ['without git']])('never has the data folder of a local runtime, %s', async (how) => {
  const folder = await aFolder({
    '.coderClaw/runtime.yaml': 'mode: local-only\n',
    '.coderClaw/data/token': 'secret',
    'packages/a/.coderClaw/data/pglite/base/1': 'x',
    'packages/a/.coderClaw/database.md': 'x',
  });
  if (how === 'with git') execFileSync('git', ['init', '--quiet'], { cwd: folder });
  const names = await namesIn(await archiveOf(folder, () => {}));
  expect(names).toEqual(['.coderClaw/runtime.yaml', 'packages/a/.coderClaw/database.md']);
});

it('is refused where it is too large, with its size and what makes it so', async () => {
  const noise = crypto.getRandomValues(Buffer.alloc(60_000));
  const folder = await aFolder({ 'big/noise': noise, 'small.txt': 'x' });
  await expect(archiveOf(folder, () => {}, 10_000)).rejects.toMatchObject({
    code: 'payload_too_large',
    message: expect.stringMatching(/packed it has 0\.1 MiB.*the biggest: big\/ 0\.1 MiB, small\.txt/),
  });
});

it('is refused for a folder that is not there', async () => {
  await expect(archiveOf('/nowhere/at/all', () => {})).rejects.toMatchObject({
    details: { field: 'workspace' },
  });
});

it.each(['run', 'submit'])('goes to the server ahead of what %s submits', async (verb) => {
  const folder = await aFolder({ 'a.txt': 'x' });
  const archive = `sha256:${'a'.repeat(64)}`;
  const asked: string[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      asked.push(`${request.method} ${request.url}`, body);
      const isUpload = request.url === '/v1/artifacts';
      response.writeHead(isUpload ? 201 : 400, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify(isUpload ? { digest: archive } : { code: 'invalid_request', detail: 'seen' }),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { io } = fakeIo();
  await runCli([verb, 'true', '--workspace', folder, '--url', url, '--token', 't'], io, connector(io));
  expect([asked[0], asked[2]]).toEqual(['POST /v1/artifacts', 'POST /v1/tasks']);
  expect(JSON.parse(asked[3] ?? '')).toMatchObject({ input: 'true', workspace: { archive } });
});
