import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

let guard: ChildProcess | undefined;

/** One guard process for this process, in a group of its own, so that a Ctrl-C does not reach it. */
function theGuard(): ChildProcess {
  if (guard) return guard;
  const program = fileURLToPath(new URL('watchdog.mjs', import.meta.url));
  guard = spawn(process.execPath, [program], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  guard.unref();
  const pipe = guard.stdin;
  pipe?.on('error', () => undefined);
  if (pipe && 'unref' in pipe && typeof pipe.unref === 'function') pipe.unref(); // it must not keep us alive
  return guard;
}

const tell = (verb: string, what: string): void => void theGuard().stdin?.write(`${verb} ${what}\n`);

/** Has a process ended when this one is gone, however this one goes; call the answer once it has ended. */
export function guardProcess(pid: number): () => void {
  tell('watch', `${pid}`);
  return () => tell('forget', `${pid}`);
}

/** Has a folder removed when this process is gone; call the answer once it is removed. */
export function guardFolder(folder: string): () => void {
  tell('own', folder);
  return () => tell('disown', folder);
}
