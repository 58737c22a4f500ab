import { serve } from '#server';

const serving = await serve({});

let stopping = false;
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    if (stopping) process.exit(130);
    stopping = true;
    void serving.close();
  });
}

await serving.closed;
process.exit(0);
