import { printable } from '../../../shared/lib/hostile-text.ts';
import { quoteShell } from '../../../shared/lib/quoting.ts';
import { StepFailed } from '../apply-error.ts';
import type { StepTools } from '../prepared-step.ts';
import { dryStartFunctions } from './dry-start-shell.ts';

/** How the configuration was tried before the restart. */
export type Trial =
  | { readonly kind: 'started'; readonly lowered: string | null }
  | { readonly kind: 'impossible'; readonly reason: string };

/** What the output of `dry_run` says. Throws StepFailed with the server's own words when the second server did not start. */
export function readTrial(output: string): Trial {
  const lines = output.split('\n').map((line) => line.split('\t'));
  const [, state = 'impossible', words = 'its answer was cut off'] =
    lines.find(([name]) => name === 'dry') ?? [];
  if (state === 'ready') return { kind: 'started', lowered: null };
  if (state === 'lowered') return { kind: 'started', lowered: words };
  if (state === 'impossible') return { kind: 'impossible', reason: printable(words) };
  const log = lines.flatMap(([name, ...rest]) => (name === 'log' ? [rest.join(' ')] : []));
  const said = log.filter((line) => /^(?:.*\s)?(?:FATAL|PANIC|ERROR|HINT|DETAIL):/.test(line));
  const words_ = (said.length > 0 ? said : log).slice(-4).map((line) => line.trim());
  throw new StepFailed(
    `A second server with the new configuration did not start: ${printable(words_.join(' ')).slice(0, 600)}`,
  );
}

/**
 * Starts a second server with the new configuration in an empty data folder, and removes it. `lowered` are settings for
 * a second attempt when the memory does not suffice for two servers at once: `shared_buffers=16`.
 */
export async function tryStart(lowered: readonly string[], tools: StepTools): Promise<Trial> {
  const began = Date.now();
  const output = await tools.change(
    [dryStartFunctions, `dry_run ${lowered.map((one) => quoteShell(one)).join(' ')}`],
    180_000,
  );
  const trial = readTrial(output);
  const seconds = ((Date.now() - began) / 1000).toFixed(1);
  if (trial.kind === 'impossible') {
    tools.log('restart', `no second server could be started to try the configuration: ${trial.reason}`);
  } else {
    const how =
      trial.lowered === null
        ? ''
        : `, with ${trial.lowered} because the running server holds the memory until it stops`;
    tools.log(
      'restart',
      `a second server started with the new configuration in an empty data folder${how} (${seconds} s); it is gone again`,
    );
  }
  return trial;
}
