const MOST_STEPS = 15;

/** What a person has before them. */
export type Shown = Readonly<{ url: URL; status: number; headers: Headers; text: string }>;

/** A browser that keeps cookies and follows redirects, and the person before it, who clicks and types. */
export type Person = Readonly<{
  open(url: string | URL): Promise<Shown>;
  /** Sends the form of what is shown, with what its hidden fields hold. */
  submit(shown: Shown, typed: Readonly<Record<string, string>>): Promise<Shown>;
}>;

type Sent = Readonly<{ method?: string; headers?: Readonly<Record<string, string>>; body?: URLSearchParams }>;

/** Somebody with a browser of their own. */
export function aPerson(): Person {
  const cookies = new Map<string, string>();
  const go = async (to: URL, init: Sent = {}): Promise<Shown> => {
    let [url, how]: [URL, Sent] = [to, init];
    for (let step = 0; step < MOST_STEPS; step++) {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const headers = { accept: 'text/html', cookie, ...how.headers };
      const response = await fetch(url, { redirect: 'manual', ...how, headers });
      for (const set of response.headers.getSetCookie()) keep(cookies, set);
      const location = response.headers.get('location');
      if (location === null)
        return { url, status: response.status, headers: response.headers, text: await response.text() };
      [url, how] = [new URL(location, url), {}];
    }
    throw new Error(`${to.href} leads nowhere`);
  };
  return {
    open: (url) => go(new URL(url)),
    submit: ({ url, text }, typed) => {
      const [, action = ''] = /<form action="([^"]*)"/.exec(text) ?? [];
      const hidden = [...text.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)">/g)];
      const fields = { ...Object.fromEntries(hidden.map(([, name, value]) => [name, value])), ...typed };
      const headers = { origin: url.origin };
      return go(new URL(action, url), { method: 'POST', headers, body: new URLSearchParams(fields) });
    },
  };
}

function keep(cookies: Map<string, string>, cookie: string): void {
  const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
  if (value === '') cookies.delete(name);
  else cookies.set(name, value);
}

/** Where a link of the page leads. */
export function linkIn({ text, url }: Shown, label: RegExp): URL {
  const links = [...text.matchAll(/<a [^>]*href="([^"]*)"[^>]*>([^<]*)<\/a>/g)];
  const found = links.find(([, , shown = '']) => label.test(shown));
  if (!found) throw new Error(`no link ${String(label)} in ${text}`);
  return new URL((found[1] ?? '').replaceAll('&amp;', '&'), url);
}
