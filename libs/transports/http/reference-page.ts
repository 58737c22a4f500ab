import { z } from 'zod';
import { escape, page, pagePolicy } from './html.js';
import type { Route } from './route.js';

const STYLE = `
body { font: 16px/1.5 system-ui, sans-serif; max-width: 56rem; margin: 0 auto; padding: 1rem; color: #1a1a1a; background: #fff }
code { font: 0.9em ui-monospace, monospace } section { border-top: 1px solid #ddd; padding: 0.5rem 0 }
h2 { font-size: 1rem; margin: 0.25rem 0 } .method { display: inline-block; min-width: 3.5rem; font-weight: 700; color: #0b5394 }
table { border-collapse: collapse } td { padding: 0 1rem 0 0; vertical-align: top }
@media (prefers-color-scheme: dark) { body { color: #eee; background: #161616 } .method { color: #7fb8f0 } section { border-color: #444 } }
`;

export const REFERENCE_CSP = pagePolicy(STYLE, "'none'");

/** The reference as a page for people. */
export function referencePage(routes: readonly Route[], version: string): string {
  return page(
    'CoderClaw Mesh HTTP API',
    STYLE,
    `<h1>CoderClaw Mesh HTTP API</h1>
<p>Version ${escape(version)}. Send <code>Authorization: Bearer &lt;token&gt;</code>. Errors are <code>application/problem+json</code> with a <code>code</code>.
The whole of it, for machines: <a href="/openapi.json">openapi.json</a>.</p>
${routes.map(sectionOf).join('\n')}`,
  );
}

function sectionOf({
  method,
  path,
  summary,
  signedIn = true,
  query,
  headers = {},
  body,
  content,
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
    ['content', content === undefined ? [] : [content]],
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
