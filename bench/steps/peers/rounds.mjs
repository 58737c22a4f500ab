/** The work of a peer as `peers.ts` asks for it: its packages' `require`, how much to do, and where its server is. */
export const asked = () => JSON.parse(process.argv[2] ?? '{}');

/**
 * One workflow alone, then as many at once as asked, so many times after a warm-up; prints how long each took, in
 * milliseconds. `run` does one workflow and gives when its first step began and its last was recorded.
 */
export async function measure({ tasks, rounds }, run) {
  await run();
  const found = [];
  for (let n = 0; n < rounds; n++) {
    const taskMs = elapsed([await run()]);
    const allMs = elapsed(await Promise.all(Array.from({ length: tasks }, run)));
    found.push({ taskMs, allMs });
  }
  process.stdout.write(`${JSON.stringify(found)}\n`);
}

const elapsed = (runs) => Math.max(...runs.map(({ to }) => to)) - Math.min(...runs.map(({ from }) => from));
