import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Route } from './route.js';

const STYLE = `
body { font: 16px/1.5 system-ui, sans-serif; max-width: 56rem; margin: 0 auto; padding: 1rem; color: #1a1a1a; background: #fff }
code { font: 0.9em ui-monospace, monospace } section { border-top: 1px solid #ddd; padding: 0.5rem 0 }
h2 { font-size: 1rem; margin: 0.25rem 0 } .method { display: inline-block; min-width: 3.5rem; font-weight: 700; color: #0b5394 }
table { border-collapse: collapse } td { padding: 0 1rem 0 0; vertical-align: top }
@media (prefers-color-scheme: dark) { body { color: #eee; background: #161616 } .method { color: #7fb8f0 } section { border-color: #444 } }
`;

/** The page needs its own style and nothing else: no script, no image, nothing from elsewhere. */
export const REFERENCE_CSP = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The reference as a page for people. */
export function referencePage(routes: readonly Route[], version: string): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>CoderClaw Mesh HTTP API</title><style>${STYLE}</style></head>
<body>
<h1>CoderClaw Mesh HTTP API</h1>
<p>Version ${escape(version)}. Send <code>Authorization: Bearer &lt;token&gt;</code>. Errors are <code>application/problem+json</code> with a <code>code</code>.
The whole of it, for machines: <a href="/openapi.json">openapi.json</a>.</p>
${routes.map(sectionOf).join('\n')}
</body>
</html>
`;
}

function sectionOf({
  method,
  path,
  summary,
  signedIn = true,
  query,
  headers = {},
  body,
  answers,
}: Route): string {
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ['query', Object.keys(query?.shape ?? {})],
    ['headers', Object.keys(headers)],
    [
      'body',
      Object.entries(body?.shape ?? {}).map(([name, field]) =>
        field.safeParse(undefined).success ? `${name}?` : name,
      ),
    ],
    [
      'answers',
      Object.entries(answers).map(([status, answer]) =>
        answer instanceof z.ZodType ? status : `${status} ${String(answer).replaceAll(',', ' · ')}`,
      ),
    ],
  ];
  return `<section>
<h2><span class="method">${method}</span> <code>${escape(path)}</code></h2>
<p>${escape(summary)}${signedIn ? '' : ' · needs no token'}</p>
<table>${rows.map(([name, values]) => rowOf(name, values)).join('')}</table>
</section>`;
}

const rowOf = (name: string, values: readonly string[]): string =>
  values.length === 0
    ? ''
    : `<tr><td>${name}</td><td>${values.map((value) => `<code>${escape(value)}</code>`).join(', ')}</td></tr>`;

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&#39;'],
]);

const escape = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (character) => ENTITIES.get(character) ?? character);
