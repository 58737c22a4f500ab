import { mkdtemp, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Header } from 'tar';
import { expect, it, onTestFinished } from 'vitest';
import { remove } from './remove.js';
import { unpack } from './unpack.js';

type Forged = Readonly<{
  path: string;
  type?: string;
  linkpath?: string;
  body?: string;
  mode?: number;
  size?: number;
}>;

/** An archive that no well-meaning program would make. */
function forged(...entries: readonly Forged[]): Buffer {
  const blocks = entries.map(
    ({ path, type = 'File', linkpath = '', body = '', mode = 0o644, size = body.length }) => {
      const header = new Header({
        path,
        type: type as 'File',
        linkpath,
        mode,
        size,
        mtime: new Date(0),
        uid: 0,
        gid: 0,
      });
      const block = Buffer.alloc(512);
      header.encode(block);
      return Buffer.concat([block, Buffer.from(body), Buffer.alloc((512 - (body.length % 512)) % 512)]);
    },
  );
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

async function unpacked(archive: Buffer, limits = { maxFiles: 100, maxBytes: 100_000 }) {
  const folder = await mkdtemp(join(tmpdir(), 'unpack-'));
  onTestFinished(() => remove(folder));
  const into = await mkdtemp(join(folder, 'into-'));
  await writeFile(join(folder, 'archive'), archive);
  return { folder, into, done: unpack(join(folder, 'archive'), into, limits) };
}

it.each([
  ['plain', (archive: Buffer) => archive],
  ['gzipped', gzipSync],
])('unpacks files, folders and links within it from a %s archive', async (_, packed) => {
  const archive = forged(
    { path: 'src', type: 'Directory', mode: 0o755 },
    { path: 'src/run.sh', body: 'echo hello', mode: 0o4755 },
    { path: 'src/link', type: 'SymbolicLink', linkpath: '../src/run.sh' },
    { path: 'hard', type: 'Link', linkpath: 'src/run.sh' },
  );
  const { into, done } = await unpacked(packed(archive));
  await done;
  expect((await readdir(into)).toSorted()).toEqual(['hard', 'src']);
  expect(await readFile(join(into, 'src/link'), 'utf8')).toBe('echo hello');
  expect(await readFile(join(into, 'hard'), 'utf8')).toBe('echo hello');
  expect((await stat(join(into, 'src/run.sh'))).mode & 0o7777).toBe(0o755);
});

it.each<[string, string, Forged[]]>([
  ['an absolute name', 'absolute', [{ path: '/tmp/coderclaw-out', body: 'x' }]],
  ['a name that leads out', 'leads out', [{ path: '../out', body: 'x' }]],
  ['a name that leads out from within', 'leads out', [{ path: 'a/../../out', body: 'x' }]],
  [
    'a link to an absolute place',
    'absolute',
    [{ path: 'link', type: 'SymbolicLink', linkpath: '/etc/passwd' }],
  ],
  ['a link out', 'out of the workspace', [{ path: 'link', type: 'SymbolicLink', linkpath: '../out' }]],
  ['a link out from a folder', 'out of', [{ path: 'a/link', type: 'SymbolicLink', linkpath: '../../out' }]],
  [
    'a link that leads out through another',
    'out of',
    [
      { path: 'a/b/c/up', type: 'SymbolicLink', linkpath: '../../..' },
      { path: 'out', type: 'SymbolicLink', linkpath: 'a/b/c/up/..' },
    ],
  ],
  ['a hard link out', 'out of', [{ path: 'link', type: 'Link', linkpath: '../archive' }]],
  ['a device', 'CharacterDevice', [{ path: 'null', type: 'CharacterDevice' }]],
  ['a pipe', 'FIFO', [{ path: 'pipe', type: 'FIFO' }]],
  [
    'more files than it may have',
    'more than 100 files',
    Array.from({ length: 101 }, (_, i) => ({ path: `f${i}` })),
  ],
  ['more bytes than it may have', 'more than 100000 bytes', [{ path: 'big', body: 'x'.repeat(100_001) }]],
  ['more bytes than a number shows', 'bytes', [{ path: 'big', size: 8 ** 11 - 1 }]],
])('refuses %s, and writes it nowhere', async (_, fault, entries) => {
  const { folder, done } = await unpacked(forged(...entries));
  await expect(done).rejects.toMatchObject({
    code: 'invalid_request',
    message: expect.stringContaining(fault),
  });
  expect((await readdir(folder)).toSorted()).toEqual(['archive', expect.stringMatching(/^into-/)]);
});

it('writes nothing through a link, wherever it leads', async () => {
  const { folder, into, done } = await unpacked(
    forged(
      { path: 'a', type: 'Directory' },
      { path: 'l', type: 'SymbolicLink', linkpath: 'a' },
      { path: 'l/f', body: 'x' },
    ),
  );
  await done.catch(() => {});
  expect(await readdir(join(into, 'a'))).toEqual([]);
  expect(await readdir(folder)).toHaveLength(2);
});

it('unpacks no more of a bomb than it takes to see what it is', async () => {
  const { into, done } = await unpacked(gzipSync(forged({ path: 'bomb', body: '\0'.repeat(50_000_000) })));
  await expect(done).rejects.toThrow(/more than 100000 bytes|decompression ratio/);
  expect(await readdir(into)).toEqual([]);
});

it('reads nothing of what comes after the end', async () => {
  const padded = Buffer.concat([forged({ path: 'f', body: 'x' }), Buffer.alloc(60_000_000)]);
  const { into, done } = await unpacked(gzipSync(padded, { level: 1 }));
  await done;
  expect(await readdir(into)).toEqual(['f']);
});

it('refuses more of what describes files than they could need', async () => {
  const described = forged({ path: 'about', type: 'ExtendedHeader', body: '9 a=bcde\n'.repeat(100_000) });
  const { done } = await unpacked(gzipSync(described.subarray(0, -1024)));
  await expect(done).rejects.toThrow('more than 509600 bytes');
});

it.each([
  ['no archive', Buffer.from('this is no archive at all')],
  ['one that is compressed twice', gzipSync(gzipSync(forged({ path: 'a' })))],
  ['one that is cut off', forged({ path: 'a', body: 'x'.repeat(2000) }).subarray(0, 1000)],
])('refuses %s', async (_, archive) => {
  const { done } = await unpacked(archive);
  await expect(done).rejects.toMatchObject({
    code: 'invalid_request',
    details: { field: 'workspace.archive' },
  });
});
