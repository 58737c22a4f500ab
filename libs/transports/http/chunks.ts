const CHUNK_LENGTH = 64 * 1024;

/** Lines put together until there is enough of them: a write each would cost more than making them. */
export async function* inChunks(
  lines: AsyncIterable<string>,
  length: number = CHUNK_LENGTH,
): AsyncGenerator<string, void, undefined> {
  let chunk = '';
  for await (const line of lines) {
    chunk += line;
    if (chunk.length < length) continue;
    yield chunk;
    chunk = '';
  }
  if (chunk !== '') yield chunk;
}
