// Outlives the process that started it: when that one is gone, however it went, ends its servers and removes its folders.
import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';

const pids = new Set();
const folders = new Set();
const VERBS = {
  watch: (pid) => pids.add(Number(pid)),
  forget: (pid) => pids.delete(Number(pid)),
  own: (folder) => folders.add(folder),
  disown: (folder) => folders.delete(folder),
};

/** Sends a signal; false if there is no such process any more. */
function signal(pid, name) {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const [verb, ...rest] = line.split(' ');
  VERBS[verb]?.(rest.join(' '));
}

for (const pid of pids) {
  signal(pid, 'SIGQUIT'); // Postgres takes its children along; a broker just goes
  signal(pid, 'SIGCONT'); // should it have been paused
}
const deadline = Date.now() + 5_000;
while ([...pids].some((pid) => signal(pid, 0)) && Date.now() < deadline) {
  await new Promise((resolve) => setTimeout(resolve, 20));
}
for (const pid of pids) signal(pid, 'SIGKILL');
await Promise.all([...folders].map((folder) => rm(folder, { recursive: true, force: true, maxRetries: 5 })));
