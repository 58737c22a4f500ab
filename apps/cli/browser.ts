import { spawn } from 'node:child_process';

type Command = readonly [file: string, ...args: string[]];

const COMMANDS: Readonly<Partial<Record<NodeJS.Platform, Command>>> = {
  darwin: ['open'],
  // Not `start`: a shell would read the `&` of an address as its own.
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
  linux: ['xdg-open'],
};

/** Whether somebody sits at a screen of this machine, as far as one can tell. */
const hasScreen = (platform: NodeJS.Platform, env: NodeJS.ProcessEnv): boolean =>
  platform !== 'linux' || Boolean(env['DISPLAY'] ?? env['WAYLAND_DISPLAY']);

/** Has the desktop open an address. The address is printed as well: that this fails is no error. */
export function openBrowser(url: string, platform: NodeJS.Platform, env: NodeJS.ProcessEnv): void {
  const command = hasScreen(platform, env) ? COMMANDS[platform] : undefined;
  if (!command) return;
  const [file, ...args] = command;
  spawn(file, [...args, url], { stdio: 'ignore', detached: true })
    .on('error', () => {})
    .unref();
}
