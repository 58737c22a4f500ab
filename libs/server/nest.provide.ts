import type { Provider } from '@nestjs/common';

/** A provider whose factory makes what its port says. */
export const provide = <Port>(
  port: abstract new (...args: never[]) => Port,
  useFactory: (...from: never[]) => Port,
  inject: readonly unknown[] = [],
): Provider => ({ provide: port, useFactory, inject: inject as [] });
