/**
 * An answer that is a list: its values joined by commas. A comma or a backslash inside a value (both may stand in the name
 * of a role) has a backslash in front of it.
 */
export function joinAnswer(values: readonly string[]): string {
  return values.map((value) => value.replace(/[\\,]/g, '\\$&')).join(',');
}

/** The values of an answer that is a list; an empty answer is an empty list. Gives back what joinAnswer was given. */
export function splitAnswer(answer: string | undefined): readonly string[] {
  if (answer === undefined || answer === '') return [];
  const values = [''];
  for (const [part] of answer.matchAll(/\\[^]|[^]/g)) {
    if (part === ',') values.push('');
    else values[values.length - 1] += part.length > 1 ? part.slice(1) : part;
  }
  return values;
}
