/** How many finished runs are kept, and for how many days. */
export interface KeepRule {
  readonly count: number;
  readonly days: number;
}

export const usualKeepRule: KeepRule = { count: 50, days: 365 };

/** The name before which runs are too old. */
function oldestName({ days }: KeepRule, now: Date): string {
  return new Date(now.getTime() - days * 86_400_000)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(/[-:]/g, '');
}

/** The line that applies the rule on the host; it prints `pruned ID` for each run that went. */
export function pruneLine(rule: KeepRule, now: Date): string {
  return `prune_runs ${Math.max(1, Math.trunc(rule.count))} ${oldestName(rule, now)}`;
}

/**
 * Runs that go by the rule, as the host's script decides too: neither what is not over or could not be put back, nor the
 * last one that was kept.
 */
export function runsToPrune(
  runs: readonly { readonly id: string; readonly state: string }[],
  rule: KeepRule,
  now: Date,
): readonly string[] {
  const oldest = oldestName(rule, now);
  const newestFirst = [...runs].sort((one, other) => (one.id < other.id ? 1 : -1));
  const lastKept = newestFirst.find(({ state }) => state === 'kept')?.id;
  return newestFirst.flatMap(({ id, state }, index) => {
    const isOver = ['kept', 'rolled-back', 'rolled-back-by-guard', 'refused'].includes(state);
    if (!isOver || id === lastKept) return [];
    return index >= rule.count || id < oldest ? [id] : [];
  });
}
