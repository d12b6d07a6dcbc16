/** Joins the class names that are set; `undefined` when none is. */
export function classNames(...names: readonly (string | false | undefined | null)[]): string | undefined {
  const set = names.filter((name) => name !== false && name !== undefined && name !== null && name !== '');
  return set.length === 0 ? undefined : set.join(' ');
}
