import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { natsUrl } from '#test/servers';
import { Boxes, aFolder, boxesWith, bwrapForSpecs, skipped } from './box-in-test.contract.js';

const { bwrap, missing } = await bwrapForSpecs();
const SECRET = 'what nobody inside may read';

describe.skipIf(missing !== null)(`a task in its box${skipped(missing)}`, () => {
  const boxes = new Boxes(bwrap);
  afterAll(() => boxes.close());
  const inBox: Boxes['run'] = (command, request) => boxes.run(command, request);

  it('is nobody, without a capability and without a way to one', async () => {
    const { output } = await inBox('id -u; grep -E "^(CapEff|CapBnd|NoNewPrivs)" /proc/self/status');
    expect(output.split(/\s+/).join(' ')).toBe(
      '65534 CapEff: 0000000000000000 CapBnd: 0000000000000000 NoNewPrivs: 1 ',
    );
  });

  it('works: in its folder, with the toolchains of the PATH', async () => {
    const started = await boxes.start('pwd; node -p 6*7; echo made > file; git --version');
    const { output, code } = await started.ended;
    expect(code).toBe(0);
    expect(output).toMatch(new RegExp(`^${started.workspace}\n42\ngit version`));
    expect(readFileSync(join(started.workspace, 'file'), 'utf8')).toBe('made\n');
  });

  it('finds an empty home instead of the one of the worker', async () => {
    const name = `.cc-planted-${process.pid}`;
    const planted = join(homedir(), name);
    writeFileSync(planted, SECRET);
    onTestFinished(() => rmSync(planted));
    const { output } = await inBox(
      `cat ${planted}; cat ~/${name}; ls -a ~; echo mine > ~/mine && cat ~/mine; ls /home`,
    );
    expect(output).not.toContain(SECRET);
    expect(output).toContain('No such file');
    expect(output).toContain('mine\n');
    expect(output).not.toMatch(/\.(ssh|npmrc|bash_history|gitconfig|config)\b/);
  });

  it('cannot read a file outside, however it is asked for', async () => {
    const outside = aFolder('outside');
    writeFileSync(join(outside, 'secret'), SECRET);
    const { output } = await inBox(
      `cat ${outside}/secret; cat ../*/secret; cat /proc/1/root${outside}/secret; cat /proc/self/cwd/../../../${outside}/secret; cat /etc/shadow`,
    );
    expect(output).not.toContain(SECRET);
    expect(output).not.toContain('root:');
  });

  it('follows a link out of its folder to nothing', async () => {
    const [outside, workspace] = [aFolder('outside'), aFolder('workspace')];
    writeFileSync(join(outside, 'secret'), SECRET);
    symlinkSync(join(outside, 'secret'), join(workspace, 'link'));
    symlinkSync(outside, join(workspace, 'folder'));
    const { output } = await inBox(
      `cat link; cat folder/secret; echo bad > folder/made; ln -s ${outside} mine; echo bad > mine/made; ln ${outside}/secret hard`,
      { workspace },
    );
    expect(output).not.toContain(SECRET);
    expect(readdirSync(outside)).toEqual(['secret']);
  });

  it('sees no process but its own, and nobody’s environment', async () => {
    const other = spawn('sleep', ['60'], { env: { ...process.env, CC_OTHER: SECRET } });
    onTestFinished(() => void other.kill());
    await once(other, 'spawn');
    const { output } = await inBox(
      `cat /proc/${other.pid}/environ; cat /proc/[0-9]*/environ; ls -d /proc/[0-9]*`,
    );
    expect(output).not.toContain(SECRET);
    expect(output.match(/\/proc\/\d+\n/g)?.length).toBeLessThan(12);
  });

  it('has no secret of the worker in its environment, nor a file that the worker was started with', async () => {
    process.env['A_SECRET'] = SECRET;
    const outside = aFolder('outside');
    writeFileSync(join(outside, 'secret'), SECRET);
    const fd = openSync(join(outside, 'secret'), 'r');
    const { output } = await inBox('env; ls -l /proc/self/fd; cat /proc/self/fd/*', {});
    closeSync(fd);
    delete process.env['A_SECRET'];
    expect(output).not.toContain(SECRET);
    expect(output).not.toContain('outside');
  });

  it('reaches neither the broker nor any other port of this machine', async () => {
    const server = createServer((socket) => socket.end('reached')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const ports = [Number(new URL(natsUrl()).port), (server.address() as AddressInfo).port];
    const { output } = await inBox(
      `node -e '
        for (const port of ${JSON.stringify(ports)}) for (const host of ["127.0.0.1", "::1", "localhost"])
          require("net").connect(port, host).on("connect", () => console.log("reached")).on("error", (e) => console.log(e.code ?? e.errors?.[0]?.code));
      '`,
    );
    expect(output.trim().split('\n')).toEqual(Array(6).fill('ECONNREFUSED'));
  });

  it('has no network at all', async () => {
    const { output } = await inBox(
      `grep -c : /proc/net/dev; node -e 'require("net").connect(443, "1.1.1.1").on("error", (e) => console.log(e.code))'; node -e 'require("dns").lookup("example.com", (e) => console.log(e.code))'`,
    );
    expect(output.trim().split('\n').slice(0, 2)).toEqual(['1', 'ENETUNREACH']);
    expect(output).toMatch(/EAI_AGAIN|ENOTFOUND/);
  });

  it('reaches no socket of the machine by a name in the abstract or in the file system', async () => {
    const name = `\0cc-abstract-${process.pid}`;
    const server = createServer((socket) => socket.end('reached')).listen(name);
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const { output } = await inBox(
      `node -e 'require("net").connect("\\0cc-abstract-${process.pid}").on("connect", () => console.log("reached")).on("error", (e) => console.log(e.code))'; ls /run /var/run`,
    );
    expect(output).toContain('ECONNREFUSED');
    expect(output).not.toMatch(/docker|dbus|systemd/);
  });

  it('gains nothing by setuid', async () => {
    const workspace = aFolder('workspace');
    writeFileSync(join(workspace, 'id'), readFileSync('/usr/bin/id'));
    chmodSync(join(workspace, 'id'), 0o4755);
    expect(statSync(join(workspace, 'id')).mode & 0o4000).toBe(0o4000);
    const { output } = await inBox(
      './id -u; ./id -ru; su -c "id -u" root; mount -t tmpfs none /tmp; cat /proc/mounts',
      {
        workspace,
      },
    );
    expect(output.split('\n').slice(0, 2)).toEqual(['65534', '65534']);
    expect(output).not.toMatch(/^0$/m);
    for (const line of output.split('\n').filter((one) => /^\S+ \/\S* \S+ \S*rw/.test(one)))
      expect(line).toContain('nosuid');
  });

  it('makes no namespace, where it would be root again', async () => {
    const { output } = await inBox('unshare -U id -u; unshare -Urm id -u; unshare -n true && echo made');
    expect(output).not.toMatch(/^(0|65534|made)$/m);
  });

  it('traces nobody outside', async () => {
    const attach = `
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
for pid in [${process.pid}, ${process.ppid}]:
    print("attached" if libc.ptrace(16, pid, 0, 0) == 0 else os.strerror(ctypes.get_errno()))`;
    const workspace = aFolder('workspace');
    writeFileSync(join(workspace, 'attach.py'), attach);
    const { output } = await inBox('python3 attach.py 2>&1 || echo no python', { workspace });
    expect(output).not.toContain('attached');
    expect(output).toMatch(/Operation not permitted|No such process|no python/);
  });

  it('writes nothing of the system: not /usr, not the root, not the settings of the kernel', async () => {
    const before = readFileSync('/proc/sys/kernel/core_pattern', 'utf8');
    const { output } = await inBox(`
      for path in /usr/x /etc/x /x /dev/x /proc/sys/kernel/core_pattern /proc/sysrq-trigger ${process.execPath}; do
        (echo '|/bad' >> $path) 2>/dev/null && echo "wrote $path"
      done; echo tried`);
    expect(output).toBe('tried\n');
    expect(readFileSync('/proc/sys/kernel/core_pattern', 'utf8')).toBe(before);
  });

  it('sees neither keys nor memory of the kernel, and no devices', async () => {
    const { output } = await inBox(
      'head -c 1 /proc/kcore /proc/kmsg /proc/keys /proc/timer_list 2>/dev/null; ls /dev; ls /sys/fs/cgroup 2>/dev/null',
    );
    expect(output).not.toMatch(/^(sd|vd|nvme|mem|kmsg|loop|kvm|fuse)/m);
    expect(output).toContain('null');
    expect(output).not.toContain('memory');
  });

  it('reads the settings of its folder and cannot write them; what is hidden there is empty', async () => {
    const workspace = aFolder('workspace');
    mkdirSync(join(workspace, '.coderClaw', 'data'), { recursive: true });
    writeFileSync(join(workspace, '.coderClaw', 'security.yaml'), 'roles: {}\n');
    writeFileSync(join(workspace, '.coderClaw', 'data', 'token'), SECRET);
    writeFileSync(join(workspace, 'password'), SECRET);
    const hidden = [join(workspace, '.coderClaw', 'data'), join(workspace, 'password')];
    const { output } = await boxesWith(bwrap, { hidden }).run(
      'cat .coderClaw/security.yaml .coderClaw/data/token password; echo bad > .coderClaw/security.yaml; echo bad > .coderClaw/data/x; rm -rf .coderClaw; mv .coderClaw other',
      { workspace },
    );
    expect(output).toContain('roles: {}\n');
    expect(output).not.toContain(SECRET);
    expect(readFileSync(hidden[0] + '/token', 'utf8')).toBe(SECRET);
    expect(readFileSync(join(workspace, '.coderClaw', 'security.yaml'), 'utf8')).toBe('roles: {}\n');
  });
});
