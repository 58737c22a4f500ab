import type { z } from 'zod';

/** One route, as the reference documents it. The tests hold the tables of them against what is really registered. */
export type Route = Readonly<{
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  summary: string;
  /** False where no token is asked for. @default true */
  signedIn?: boolean;
  query?: z.ZodObject;
  /** Of path parameters that are no task ids, by name. */
  params?: Readonly<Record<string, z.ZodType>>;
  headers?: Readonly<Record<string, string>>;
  body?: z.ZodObject;
  /** How a body may be written. @default JSON */
  bodyTypes?: readonly string[];
  /** A body that is no JSON, by its type. */
  content?: string;
  /** What is answered by status; a schema, the type of what is no JSON, several of them, or '' for no body. */
  answers: Readonly<Record<number, z.ZodType | string | readonly string[]>>;
}>;
