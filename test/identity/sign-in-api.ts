import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BrowserSignIn, providersOf } from '#access';
import { type Clock, SystemClock } from '#contract';
import type { ProviderSettings } from '#settings';
import { browse } from './browser.js';
import { Seen } from './seen.js';

/** The address of the mesh in these tests. Nothing listens there: browsers stop when they are sent to it. */
export const PUBLIC_URL = 'https://mesh.example';

export type ApiOptions = Readonly<{
  settings: ProviderSettings;
  used?: Seen | undefined;
  clock?: Clock | undefined;
}>;

/** Sign-in as one API process has it. */
export function signInApi({
  settings,
  used = new Seen(),
  clock = new SystemClock(),
}: ApiOptions): BrowserSignIn {
  const providers = providersOf(settings, { publicUrl: PUBLIC_URL, clock });
  return new BrowserSignIn({ providers, publicUrl: PUBLIC_URL, clock, used });
}

/** A file that holds a client secret. */
export function secretFile(secret: string): string {
  const file = join(mkdtempSync(join(tmpdir(), 'sign-in-')), 'secret');
  writeFileSync(file, `${secret}\n`);
  return file;
}

/** A browser on its way back from the provider. */
export type ComingBack = Readonly<{
  /** What it is about to ask us for. */
  url: URL;
  /** Its `Cookie` header. */
  cookie: string;
  /** Where we had sent it. */
  location: URL;
}>;

/** Begins a sign-in and lets a browser go to the provider and sign in, up to where it would come back. */
export async function comingBack(api: BrowserSignIn, kind: string): Promise<ComingBack> {
  const { location, cookie } = await api.beginSignIn(kind, { kind: 'answer' });
  const url = await browse(location, `${PUBLIC_URL}/v1/auth/${kind}/callback`);
  return { url, cookie: cookie.split(';')[0] ?? '', location: new URL(location) };
}
