const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(-|$)/;
const NO_TRACE = '0'.repeat(32);

/** The trace id of a W3C `traceparent` header; nothing if there is none or it is malformed. */
export function traceIdOf(traceparent: unknown): string | undefined {
  const id = typeof traceparent === 'string' ? TRACEPARENT.exec(traceparent)?.[1] : undefined;
  return id === NO_TRACE ? undefined : id;
}
