/** Lines without the empty ones. */
export function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}

/** Lines `NAME=value` of a file in the manner of os-release; quotes around a value are taken off. */
export function keyValues(source: readonly string[]): Map<string, string> {
  const values = new Map<string, string>();
  for (const line of source) {
    const match = /^\s*([A-Za-z_][A-Za-z0-9_]*)=(.*)$/.exec(line);
    if (match?.[1] === undefined || match[2] === undefined) continue;
    const value = match[2].trim();
    const quoted = /^"(.*)"$|^'(.*)'$/.exec(value);
    values.set(match[1], quoted === null ? value : (quoted[1] ?? quoted[2] ?? ''));
  }
  return values;
}

/** Splits output into the parts that `echo "== NAME"` lines begin. What comes before the first is dropped. */
export function sections(text: string): Map<string, string> {
  const parts = new Map<string, string>();
  let name: string | null = null;
  let body: string[] = [];
  const store = () => {
    if (name !== null) parts.set(name, body.join('\n'));
  };
  for (const line of text.split('\n')) {
    if (line.startsWith('== ')) {
      store();
      name = line.slice(3);
      body = [];
    } else body.push(line);
  }
  store();
  return parts;
}
