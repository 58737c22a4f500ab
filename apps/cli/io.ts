import { homedir } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import { openBrowser } from './browser.js';

export type OutStream = Writable & Readonly<{ isTTY?: boolean | undefined; columns?: number | undefined }>;

export type InStream = Readable &
  Readonly<{ isTTY?: boolean | undefined; setRawMode?: ((raw: boolean) => unknown) | undefined }>;

/** What of its process the CLI touches; specs bring their own. */
export type Io = Readonly<{
  stdin: InStream;
  stdout: OutStream;
  stderr: OutStream;
  env: NodeJS.ProcessEnv;
  cwd: string;
  /** The user's own folder, where `.coderClaw/credentials.json` is. */
  home: string;
  /** Shows an address to the person at this machine, if there is a browser to do it; says nothing if there is none. */
  openBrowser(url: string): void;
  /** Calls `listener` at each SIGINT, SIGTERM and SIGHUP instead of dying of it, until the returned function is called. */
  onInterrupt(listener: () => void): () => void;
}>;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** This process. */
export const processIo = (): Io => ({
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  cwd: process.cwd(),
  home: homedir(),
  openBrowser: (url) => openBrowser(url, process.platform, process.env),
  onInterrupt(listener) {
    for (const signal of SIGNALS) process.on(signal, listener);
    return () => {
      for (const signal of SIGNALS) process.off(signal, listener);
    };
  },
});

/** Writes, and waits while the reader is slow. A reader that has gone away is no error: nobody is left to tell. */
export async function write(stream: Writable, text: string): Promise<void> {
  if (stream.destroyed || stream.writableEnded || stream.write(text)) return;
  await new Promise<void>((resolve) => {
    const done = () => {
      for (const event of ['drain', 'error', 'close']) stream.off(event, done);
      resolve();
    };
    for (const event of ['drain', 'error', 'close']) stream.on(event, done);
  });
}
