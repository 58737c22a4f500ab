import { cpus, loadavg, release, totalmem } from 'node:os';

/** What figures were taken on, and how busy it was when they were. */
export const thisMachine = (): string =>
  [
    `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}`,
    `${Math.round(totalmem() / 2 ** 30)} GiB`,
    `Linux ${release()}`,
    `Node ${process.version}`,
    `load ${(loadavg()[0] ?? 0).toFixed(1)}`,
  ].join(', ');
