import type { RestartPolicy } from '../../shared/plan/restart.ts';
import { nextTimeOfDay } from '../../shared/plan/start-time.ts';
import { UsageError } from './command.ts';

const maxWaitSeconds = 3600;
const dayMs = 86_400_000;

/** `--restart-wait` and `--restart-over-long-transactions`. Throws UsageError. */
export function parseRestart(wait: string | undefined, over: boolean): RestartPolicy {
  const waitSeconds = Number(wait ?? '0');
  if (!Number.isInteger(waitSeconds) || waitSeconds < 0 || waitSeconds > maxWaitSeconds)
    throw new UsageError(`--restart-wait takes whole seconds from 0 to ${maxWaitSeconds}.`);
  if (over && waitSeconds > 0)
    throw new UsageError('Give --restart-wait or --restart-over-long-transactions, not both.');
  return over
    ? { busy: 'over', waitSeconds: 0 }
    : waitSeconds > 0
      ? { busy: 'wait', waitSeconds }
      : { busy: 'stop', waitSeconds: 0 };
}

/**
 * `--at`: `HH:MM` is the next time that this machine's clock shows it, today or tomorrow; otherwise ISO 8601 with or
 * without a zone. Throws UsageError for what is no time, has passed, or lies more than a week ahead.
 */
export function parseStartTime(text: string, now: Date): Date {
  const next = nextTimeOfDay(text, now);
  if (next !== null) return next;
  const iso = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?$/.test(text);
  const at = new Date(text.replace(' ', 'T'));
  if (!iso || Number.isNaN(at.getTime()))
    throw new UsageError(`--at takes HH:MM or a time like 2026-11-22T02:30, not "${text}".`);
  if (at.getTime() <= now.getTime()) throw new UsageError(`--at ${text} has passed.`);
  if (at.getTime() - now.getTime() > 7 * dayMs)
    throw new UsageError(`--at ${text} is more than a week ahead.`);
  return at;
}
