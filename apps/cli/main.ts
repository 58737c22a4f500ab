#!/usr/bin/env node
import { runCli } from './cli.js';
import { connector } from './connection.js';
import { processIo } from './io.js';

// A reader such as `head` may have enough before we do: that is an interrupt, not a crash.
for (const stream of [process.stdout, process.stderr]) stream.once('error', () => process.emit('SIGHUP'));
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

const io = processIo();
const exitCode = await runCli(process.argv.slice(2), io, connector(io));
for (const stream of [process.stdout, process.stderr]) {
  await new Promise<void>((resolve) => {
    stream.write('', () => resolve());
  });
}
process.exit(exitCode);
