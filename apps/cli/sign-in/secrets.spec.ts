import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { signInBench, signedIn } from './sign-in-bench.contract.js';

describe('the secrets of a sign-in', () => {
  let server: Awaited<ReturnType<typeof signInBench>>;
  beforeEach(async () => {
    server = await signInBench();
  });
  afterEach(() => server.close());

  it('takes the password from a file, without its last newline', async () => {
    server.script({ 'POST /v1/auth/local': signedIn });
    writeFileSync(join(server.folder, 'pw'), 'two words\r\n');
    await server.run(['login', '--user', 'ada', '--password-file', 'pw']);
    expect(server.to('/v1/auth/local')[0]?.body).toMatchObject({ password: 'two words' });
  });

  it('asks on a terminal for name and password, and shows nothing of the password', async () => {
    server.script({ 'POST /v1/auth/local': signedIn });
    const call = server.start(['login', '--url', server.url], { tty: true });
    await expect.poll(call.stderr).toBe('User: ');
    call.stdin.write('ada\n');
    await expect.poll(call.stderr).toContain('Password of ada: ');
    call.stdin.write('wrongg\u007F\u0015right\u001B[D');
    call.stdin.write('!\r');
    expect(await call.exitCode).toBe(0);
    expect(server.to('/v1/auth/local')[0]?.body).toEqual({ name: 'ada', password: 'right!' });
    expect(call.stderr() + call.stdout()).not.toContain('right!');
  });

  it('is given up by Ctrl-C at the prompt: 130, and nothing is sent', async () => {
    const call = server.start(['login', '--user', 'ada', '--url', server.url], { tty: true });
    await expect.poll(call.stderr).toContain('Password of ada: ');
    call.stdin.write('half\u0003');
    expect([await call.exitCode, server.asked]).toEqual([130, []]);
  });

  it.each([
    [['--user', 'ada'], '--password-file is needed: there is no terminal to ask on'],
    [[], 'how to sign in is not said'],
    [['--user', 'ada', '--password-file', 'nowhere'], /--password-file: nowhere cannot be read \(ENOENT\)/],
    [['--user', 'ada', '--password-file', '-'], '--password-file: the standard input is empty'],
    [['--user', 'ada', '--device-code'], "option '--user <name>' cannot be used with option '--device-code'"],
  ])('is wrong usage without what it needs: %j', async (flags, message) => {
    const { exitCode, stderr } = await server.run(['login', ...flags]);
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(message)]);
    expect(server.asked).toEqual([]);
  });

  it('with the token of a reset sets the password anew, and goes on with it', async () => {
    server.script({ 'POST /v1/auth/password': () => undefined, 'POST /v1/auth/local': signedIn });
    writeFileSync(join(server.folder, 'reset'), 'cc_reset_x\n');
    writeFileSync(join(server.folder, 'pw'), 'a new one\n');
    const argv = ['login', '--user', 'ada', '--reset-token-file', 'reset', '--password-file', 'pw'];
    expect((await server.run(argv)).exitCode).toBe(0);
    expect(server.to('/v1/auth/password')[0]?.body).toEqual({
      resetToken: 'cc_reset_x',
      password: 'a new one',
    });
    expect(server.to('/v1/auth/local')[0]?.body).toEqual({ name: 'ada', password: 'a new one' });
  });

  it('asks twice for a new password, and takes none that was mistyped', async () => {
    writeFileSync(join(server.folder, 'reset'), 'cc_reset_x');
    const argv = ['login', '--user', 'ada', '--reset-token-file', 'reset', '--url', server.url];
    const call = server.start(argv, { tty: true });
    call.stdin.write('one\rother\r'); // what is pasted at once answers both
    expect(await call.exitCode).toBe(2);
    expect(call.stderr()).toContain('the two were not the same');
    expect(server.asked).toEqual([]);
  });

  it('in local-only mode without a server’s address says that it is not needed', async () => {
    const call = server.start(['login']);
    expect(await call.exitCode).toBe(2);
    expect(call.stderr()).toContain('local-only mode needs no sign-in');
  });
});
