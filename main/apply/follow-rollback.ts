import type { Plan } from '../../shared/plan/plan.ts';
import { pause } from './host-link.ts';
import { HostHeld, readHolder, takeLines } from './host-lock.ts';
import { bytesOnOutput } from './run-shell.ts';
import type { HostStatus } from './host-status.ts';
import type { RunOnHost } from './run-on-host.ts';
import type { RunReporter } from './run-reporter.ts';
import type { Selection } from './review/select.ts';

const lookEveryMs = 700;

const threeDigits = (steps: readonly number[]): string =>
  steps.map((step) => ` ${String(step).padStart(3, '0')}`).join('');

/** Takes the host for a rollback and leaves there what was chosen. Throws HostHeld; then nothing was changed. */
export async function takeToRevert(
  onHost: RunOnHost,
  by: string,
  { left, merged, replace }: Selection,
  before: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const choice = [
    `skip${threeDigits(left)}`,
    `replace${replace.map(({ slot }) => ` ${slot}`).join('')}`,
    `merged${threeDigits(merged)}`,
  ];
  const isChosen = left.length + merged.length + replace.length > 0;
  const output = await onHost.script(
    [
      ...(isChosen
        ? [
            'chosen="$RUN/chosen.$$"; mkdir -p "$chosen/replace"',
            ...replace.flatMap(({ slot, content, expected }) => [
              `${bytesOnOutput(content)} >"$chosen/replace/${slot}"; fsync "$chosen/replace/${slot}"`,
              `echo ${expected} >"$chosen/replace/${slot}.expected"`,
            ]),
            `printf '%s\\n' ${choice.map((line) => `'${line}'`).join(' ')} >"$chosen/choice"`,
            'fsync "$chosen/choice" "$chosen/replace" "$chosen"',
          ]
        : []),
      ...before,
      'set +e',
      ...takeLines(by, 'host_lock_to_revert'),
      'rm -rf "$RUN/chosen.$$"',
    ],
    120_000,
    signal,
  );
  const holder = readHolder(output);
  if (holder !== null) throw new HostHeld(holder);
}

/** The log of the rollback that goes on, one line each. */
const progressLines = [
  'set +e',
  `awk '/ rollback by /{ n = 0 } { lines[n++] = $0 } END { for (i = 0; i < n; i++) print lines[i] }' "$RUN/revert.log" 2>/dev/null | tail -n 500`,
  'true',
];

/**
 * Runs revert.sh to its end and tells its steps as they are undone, where the host takes a second session meanwhile;
 * at the end in any case. Gives what the host says then. Rejects only when the link is lost for good.
 */
export async function followRollback(
  onHost: RunOnHost,
  plan: Plan,
  { left }: Selection,
  reporter: RunReporter,
  signal: AbortSignal,
): Promise<HostStatus> {
  const undone = new Set<number>();
  let told = 0;
  const tell = (output: string): void => {
    const lines = output.split('\n').filter((line) => line !== '');
    for (const line of lines.slice(told)) reporter.log('host', line.replace(/^\S+Z /, ''));
    told = Math.max(told, lines.length);
    for (const line of lines) {
      const number = Number(/^\S+ step (\d+) is undone$/.exec(line)?.[1] ?? '0');
      if (number === 0 || undone.has(number)) continue;
      undone.add(number);
      reporter.step(number, 'undone', '', null);
    }
  };
  for (const step of plan.steps) {
    const isLeft = left.includes(step.number);
    reporter.step(step.number, isLeft ? 'done' : 'running', isLeft ? 'left as it is now' : '', null);
  }
  const finished = new AbortController();
  const look = async (): Promise<void> => {
    while (!finished.signal.aborted) {
      await pause(lookEveryMs);
      if (finished.signal.aborted) return;
      tell(await onHost.script(progressLines, 10_000, finished.signal));
    }
  };
  // A host that takes one session only shows nothing until the end.
  const looking = look().catch(() => undefined);
  try {
    await onHost.revert('person', signal);
  } finally {
    finished.abort();
    await looking;
  }
  tell(await onHost.script(progressLines, 60_000, signal));
  const status = await onHost.status(AbortSignal.timeout(60_000));
  for (const { number } of plan.steps) {
    if (left.includes(number) || undone.has(number)) continue;
    // Steps that the run never began have nothing to be undone.
    const state = status.state === 'rolled-back' ? 'undone' : status.state === 'kept' ? 'done' : 'not-undone';
    reporter.step(number, state, '', null);
  }
  return status;
}
