import type { FactSet } from '../facts/facts.ts';
import { sizeText } from './restart-text.ts';

/** Bytes of WAL that a server replays, or sends to a standby, in a second: a slow and a fast one. */
const slowBytes = 30e6;
const fastBytes = 300e6;
/** A service that stops and starts with nothing to make up for, measured on hosts of Debian 12 and 13. */
const plain = { from: 0.5, to: 4 };

/**
 * How long nobody can connect, in whole seconds, as a range with its reason. A checkpoint is made right before a restart
 * of a primary, so that its shutdown has little to write; a standby makes none and replays from its last restart point.
 */
export function estimateDowntime(facts: FactSet): {
  readonly fromSeconds: number;
  readonly toSeconds: number;
  readonly reason: string;
} {
  const reasons: string[] = [];
  let { from, to } = plain;
  const activity = facts.activity.state === 'collected' ? facts.activity.value : null;
  const value = (name: string): string | undefined =>
    facts.settings.state === 'collected'
      ? facts.settings.value.find((row) => row.name === name)?.value
      : undefined;
  const standby = facts.server.state === 'collected' && facts.server.value.inRecovery;
  if (standby) {
    const bytes = activity?.checkpoint?.replayBytes ?? null;
    from += (bytes ?? 0) / fastBytes;
    to += bytes === null ? 60 : bytes / slowBytes;
    reasons.push(
      bytes === null
        ? 'a standby replays WAL before it takes connections, and how much is not known'
        : `a standby replays ${sizeText(bytes)} of WAL before it takes connections`,
    );
  } else reasons.push('a checkpoint is made right before, so the shutdown has little left to write');
  const sessions = facts.sessions.state === 'collected' ? facts.sessions.value.length : 0;
  if (sessions > 100) {
    to += sessions / 200;
    reasons.push(`${sessions} sessions have to end`);
  }
  const behind = (activity?.standbys ?? []).reduce((sum, one) => sum + (one.behindBytes ?? 0), 0);
  if ((activity?.standbys ?? []).length > 0) {
    to += 2 + behind / slowBytes;
    from += behind / fastBytes;
    reasons.push('the shutdown waits until the standbys have received what is left');
  }
  if ((value('archive_mode') ?? 'off') !== 'off') {
    to += 5;
    reasons.push('the archiver finishes first');
  }
  const buffers = Number(value('shared_buffers') ?? 0) * 8192;
  if (buffers > 8e9) {
    to += buffers / 8e9;
    reasons.push(`${sizeText(buffers)} of shared memory are set up anew`);
  }
  return { fromSeconds: Math.max(1, Math.floor(from)), toSeconds: Math.ceil(to), reason: reasons.join('; ') };
}
