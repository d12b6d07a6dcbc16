import { shellLibrary } from '../shell/library.ts';
import { runVariables } from '../shell/run-variables.ts';
import type { RunPlace } from '../shell/run-variables.ts';

/**
 * guard.sh: a process that belongs to no login and waits for the deadline, by the clock and by the time since boot
 * (whichever comes first, so that a clock that is set back does not stop it). It looks at the run's state each second,
 * so that keeping the run ends it.
 */
export function guardScript(place: RunPlace): string {
  return [
    '#!/bin/sh',
    `# Portcullis: waits, and rolls run ${place.runId} back unless it was kept.`,
    runVariables(place),
    shellLibrary,
    String.raw`
trap '' HUP
echo "$$ $(birth_of $$)" >"$RUN/waiter.new" && mv -f "$RUN/waiter.new" "$RUN/waiter"
while [ "$(state)" = open ]; do
  at=$(cat "$RUN/deadline" 2>/dev/null) || at=
  limit=$(sed -n "s/^$(boot) //p" "$RUN/deadline.up" 2>/dev/null)
  up=$(cut -d. -f1 /proc/uptime 2>/dev/null)
  if [ -n "$at" ] && [ "$(date +%s)" -ge "$at" ]; then break; fi
  if [ -n "$limit" ] && [ -n "$up" ] && [ "$up" -ge "$limit" ]; then break; fi
  sleep 0.5 2>/dev/null || sleep 1
done
# reverting: the host was rebooted in the middle of it
case $(state) in
  open | reverting | rollback-failed) ;;
  *) take_lock 60 && { disarm; release_host; drop_lock; }; exit 0 ;;
esac
tries=0
until sh "$RUN/revert.sh" --by guard; do
  tries=$((tries + 1)); [ "$tries" -lt 60 ] || exit 1
  sleep 20
done
`,
  ].join('\n');
}

/** Starts guard.sh unless it waits already (then only the deadline moves), and has cron start it again after a boot. */
export function armDetached(cron: boolean): readonly string[] {
  return [
    'up=$(cut -d. -f1 /proc/uptime 2>/dev/null) || up=',
    'if [ -n "$up" ]; then echo "$(boot) $((up + seconds))" >"$RUN/deadline.up.new"; mv -f "$RUN/deadline.up.new" "$RUN/deadline.up"; fi',
    'read -r waiter birth <"$RUN/waiter" 2>/dev/null || { waiter=; birth=; }',
    'if [ -z "$waiter" ] || [ "$(birth_of "$waiter")" != "$birth" ]; then',
    '  rm -f "$RUN/waiter"',
    '  if command -v setsid >/dev/null 2>&1; then setsid sh "$RUN/guard.sh" </dev/null >/dev/null 2>&1 9>&- &',
    '  else nohup sh "$RUN/guard.sh" </dev/null >/dev/null 2>&1 9>&- & fi',
    '  tries=0',
    '  until [ -s "$RUN/waiter" ]; do',
    '    tries=$((tries + 1)); [ "$tries" -le 100 ] || { echo "the waiting process did not start" >&2; exit 1; }',
    '    sleep 0.1 2>/dev/null || sleep 1',
    '  done',
    ...(cron
      ? [
          `  if [ "$(id -u)" = 0 ] && [ -d /etc/cron.d ]; then`,
          `    echo "@reboot root sh $RUN/guard.sh" >"/etc/cron.d/portcullis-$ID"; chmod 644 "/etc/cron.d/portcullis-$ID"; fsync "/etc/cron.d/portcullis-$ID" /etc/cron.d`,
          '  elif command -v crontab >/dev/null 2>&1; then',
          '    { crontab -l 2>/dev/null || :; echo "@reboot sh $RUN/guard.sh # portcullis-$ID"; } | crontab - && : >"$RUN/crontab" || :',
          '  fi',
        ]
      : []),
    'fi',
    `echo "$at" >"$RUN/deadline.new"; mv -f "$RUN/deadline.new" "$RUN/deadline"`,
  ];
}
