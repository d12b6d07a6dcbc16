import type { LockHolder } from '../../shared/contract/apply.ts';
import { quoteShell } from '../../shared/lib/quoting.ts';
import { printable } from '../../shared/lib/hostile-text.ts';
import { ApplyRefused } from './apply-error.ts';
import type { RunOnHost } from './run-on-host.ts';

/** Lines that take the host's lock, or print who has it and end the script with success. */
export function takeLines(
  by: string,
  command: 'host_lock' | 'host_lock_to_revert',
  purpose: '' | 'apply' = '',
): readonly string[] {
  const who = quoteShell(by.replaceAll(/[\t\n\r\0]/g, ' '));
  return [
    `in_turn ${command} ${who} ${purpose}`,
    'case $? in 0) ;; 1) rm -rf "$RUN/chosen.$$"; exit 0 ;; *) echo "portcullis: the lock of this host could not be taken" >&2; exit 1 ;; esac',
  ];
}

/** Who has the host, from the output of takeLines; null when the lock was taken. */
export function readHolder(output: string): LockHolder | null {
  const line = output.split('\n').find((text) => text.startsWith('held\t'));
  if (line === undefined) return null;
  const [, run = '', by = '', since = '', phase = '', armed = '', left = ''] = line.split('\t');
  const phases = ['preparing', 'changing', 'waiting', 'rolling-back'] as const;
  return {
    run: printable(run),
    by: by === '' ? 'somebody' : printable(by),
    since: printable(since),
    phase: phases.find((one) => one === phase) ?? 'changing',
    guardArmed: armed === '1',
    guardSeconds: /^-?\d+$/.test(left) ? Number(left) : null,
  };
}

/** Who has the host now, and whether a process of theirs is changing something at this moment. */
export async function lookAtLock(
  onHost: RunOnHost,
  signal: AbortSignal,
): Promise<{ readonly holder: LockHolder | null; readonly isAtWork: boolean }> {
  const output = await onHost.script(
    [
      'set +e',
      'holder=$(owner_field 1)',
      'if [ -n "$holder" ] && holder_counts "$holder"; then tell_holder "$holder"; if at_work "$holder"; then echo at-work; fi; fi',
      'true',
    ],
    30_000,
    signal,
  );
  return { holder: readHolder(output), isAtWork: /^at-work$/m.test(output) };
}

const doing: Readonly<Record<LockHolder['phase'], string>> = {
  preparing: 'is preparing a run on this host',
  changing: 'is changing this host',
  waiting: 'has unconfirmed changes on this host',
  'rolling-back': 'is rolling a run back on this host',
};

/** Who has the host, in a sentence. */
export function holderWords({ run, by, since, phase, guardArmed, guardSeconds }: LockHolder): string {
  const guard = !guardArmed
    ? phase === 'changing' || phase === 'waiting'
      ? ' No guard is armed.'
      : ''
    : guardSeconds === null
      ? ' Its guard is armed.'
      : guardSeconds <= 0
        ? ' Its guard fires now.'
        : ` Its guard rolls it back in ${guardSeconds} s.`;
  return `${by} ${doing[phase]} since ${since} (run ${run}).${guard}`;
}

/** Another run has the host. */
export class HostHeld extends ApplyRefused {
  readonly holder: LockHolder;

  constructor(holder: LockHolder) {
    super(
      holderWords(holder),
      holder.phase === 'preparing' || holder.phase === 'rolling-back'
        ? 'Wait until it is over.'
        : 'Wait until that run is kept or rolled back. Breaking its lock rolls it back first.',
    );
    this.name = 'HostHeld';
    this.holder = holder;
  }
}
