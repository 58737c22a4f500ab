import { z } from 'zod';
import { PARAMETERS, ROUTES } from './routes.js';
import type { Route } from './route.js';
import { problem } from './answers.js';
import { HTTP_STATUS } from './status.js';
import { PROBLEM_TYPE } from './wire.js';

type Json = Readonly<Record<string, unknown>>;

/** The OpenAPI 3.1 document, made of the route table and the very schemas that decode requests. */
export function openApi(version: string): Json {
  return {
    openapi: '3.1.0',
    info: {
      title: 'CoderClaw Mesh',
      version,
      description: 'Submit tasks to agents, watch them, and prove what happened.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    security: [{ token: [] }],
    paths: pathsOf(ROUTES),
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: { Problem: jsonSchema(problem, 'output') },
    },
  };
}

/** Routes of one address stand together. */
function pathsOf(routes: readonly Route[]): Json {
  const byPath = new Map<string, Record<string, unknown>>();
  for (const route of routes) {
    const path = route.path.replaceAll(/:([a-z]+)/g, '{$1}');
    const operations = byPath.get(path) ?? {};
    operations[route.method.toLowerCase()] = operationOf(route);
    byPath.set(path, operations);
  }
  return Object.fromEntries(byPath);
}

function operationOf(route: Route): Json {
  const { summary, body, content: sent, signedIn = true } = route;
  return {
    operationId: `${route.method.toLowerCase()}${route.path.replaceAll(/[/:.]+(\w?)/g, (_, letter: string) => letter.toUpperCase())}`,
    summary,
    ...(signedIn ? {} : { security: [] }),
    parameters: parametersOf(route),
    ...(body ? { requestBody: bodyOf(body, route.bodyTypes) } : {}),
    ...(sent === undefined ? {} : { requestBody: binary(sent) }),
    responses: { ...answersOf(route), default: refusals },
  };
}

function bodyOf(body: z.ZodObject, types: readonly string[] = ['application/json']): Json {
  const schema = jsonSchema(body, 'input');
  return {
    required: !body.safeParse({}).success,
    content: Object.assign({}, ...types.map((type) => content(schema, type))) as Json,
  };
}

const binary = (type: string): Json => ({
  required: true,
  content: content({ type: 'string', format: 'binary' }, type),
});

function parametersOf({ path, params = {}, query, headers = {} }: Route): readonly Json[] {
  const inPath = [...path.matchAll(/:([a-z]+)/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    schema: jsonSchema(params[name] ?? PARAMETERS.get(name) ?? z.string(), 'input'),
  }));
  const inQuery = Object.entries(query?.shape ?? {}).map(([name, schema]) => ({
    name,
    in: 'query',
    required: false,
    schema: jsonSchema(schema as z.ZodType, 'output'),
  }));
  const inHeader = Object.entries(headers).map(([name, description]) => ({
    name,
    in: 'header',
    required: false,
    description,
    schema: { type: 'string' },
  }));
  return [...inPath, ...inQuery, ...inHeader];
}

const answersOf = ({ answers, summary }: Route): Json =>
  Object.fromEntries(
    Object.entries(answers).map(([status, answer]) => [
      status,
      {
        description: summary,
        ...(answer === '' ? {} : { content: contentOf(answer) }),
      },
    ]),
  );

function contentOf(answer: Route['answers'][number]): Json {
  if (answer instanceof z.ZodType) return content(jsonSchema(answer, 'output'));
  const types = typeof answer === 'string' ? [answer] : answer;
  return Object.assign({}, ...types.map((type) => content({ type: 'string' }, type))) as Json;
}

const refusals = {
  description: `A problem; its code says which: ${Object.entries(HTTP_STATUS)
    .map(([code, status]) => `${code} (${status})`)
    .join(', ')}`,
  content: content({ $ref: '#/components/schemas/Problem' }, PROBLEM_TYPE),
};

function content(schema: unknown, type = 'application/json'): Json {
  return { [type]: { schema } };
}

/** `input` describes what may be sent, `output` what is answered. */
function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}
