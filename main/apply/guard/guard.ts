import type { GuardKind } from '../../../shared/contract/apply.ts';
import { quoteShell } from '../../../shared/lib/quoting.ts';
import type { RunPlace } from '../shell/run-variables.ts';
import { armAt } from './at.ts';
import { armDetached } from './detached.ts';
import { armSystemd } from './systemd.ts';

export interface ArmRequest {
  readonly place: RunPlace;
  readonly seconds: number;
  /** A new name for each deadline of a run: a shorter one is added, and no gap arises by taking one away. */
  readonly timer: string;
  /** May a line be put into cron, so that the wait goes on after a reboot? */
  readonly cron: boolean;
}

/**
 * Lines for the host that arm the guard, prove that it is armed and print `deadline SECONDS`, what is left by the
 * host's own clock. They are run with `set -e` after the shell library.
 */
export function armLines(kind: GuardKind, request: ArmRequest): readonly string[] {
  const lines = [
    `seconds=${Math.trunc(request.seconds)}`,
    'at=$(($(date +%s) + seconds))',
    `timer=${quoteShell(request.timer)}`,
  ];
  const after = [
    `echo "$at" >"$RUN/deadline.new"; mv -f "$RUN/deadline.new" "$RUN/deadline"`,
    'echo "deadline $seconds"',
  ];
  switch (kind) {
    case 'systemd':
      return [...lines, ...armSystemd(request.place), ...after];
    case 'detached':
      return [...lines, ...armDetached(request.cron), ...after];
    case 'at':
      return [...lines, ...armAt(request.cron), ...after];
    case 'none':
      return ['echo "deadline -"'];
  }
}
