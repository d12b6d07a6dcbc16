/** Whether a role is in a group, directly or through others, by pairs of [role, member]. Each is asked for often. */
export function membershipTest(
  pairs: readonly (readonly [role: string, member: string])[],
): (role: string, group: string) => boolean {
  const groups = new Map<string, string[]>();
  for (const [role, member] of pairs) groups.set(member, [...(groups.get(member) ?? []), role]);
  const known = new Map<string, ReadonlySet<string>>();
  const reachedBy = (role: string): ReadonlySet<string> => {
    const reached = new Set([role]);
    // A Set may grow while it is walked.
    for (const one of reached) (groups.get(one) ?? []).forEach((next) => reached.add(next));
    known.set(role, reached);
    return reached;
  };
  return (role, group) => group !== role && (known.get(role) ?? reachedBy(role)).has(group);
}
