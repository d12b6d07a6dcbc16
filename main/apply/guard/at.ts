import { armDetached } from './detached.ts';

/**
 * The waiting process keeps the deadline to the second; a job of `at`, due in the minute that begins after it, does the
 * same work should the process be gone: atd keeps its jobs across a reboot. Both ask the run's lock and state.
 */
export function armAt(cron: boolean): readonly string[] {
  return [
    ...armDetached(cron),
    'minute=$(date -d "@$((at + 59))" +%Y%m%d%H%M)',
    'said=$(echo "sh $(quoted "$RUN/guard.sh") # portcullis-$ID" | at -t "$minute" 2>&1) || :',
    `job=$(printf '%s\\n' "$said" | sed -n 's/^job \\([0-9]*\\) at .*/\\1/p')`,
    '[ -n "$job" ] || { echo "at took no job: $said" >&2; exit 1; }',
    'echo "$job" >>"$RUN/at"; fsync "$RUN/at"',
  ];
}
