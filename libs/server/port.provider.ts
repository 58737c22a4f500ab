import type { InjectionToken, Provider } from '@nestjs/common';

/** A provider whose factory makes what its port says. */
export const provide = <Port>(
  port: abstract new (...args: never[]) => Port,
  useFactory: (...from: never[]) => Port,
  inject: readonly InjectionToken[] = [],
): Provider => ({ provide: port, useFactory, inject: [...inject] });
