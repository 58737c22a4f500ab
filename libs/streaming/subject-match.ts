/** True if `subject` is one that `pattern` names: `*` stands for one token, a last `>` for one or more. */
export function matches(pattern: string, subject: string): boolean {
  const wanted = pattern.split('.');
  const tokens = subject.split('.');
  const open = wanted.at(-1) === '>';
  if (open ? tokens.length < wanted.length : tokens.length !== wanted.length) return false;
  return (open ? wanted.slice(0, -1) : wanted).every((token, i) => token === '*' || token === tokens[i]);
}
