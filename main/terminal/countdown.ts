import { ageText } from '../../shared/plan/restart-text.ts';
import type { TerminalIo } from './io.ts';

/** Says every minute, in the last minute every ten seconds, how long it is until the run starts. */
export function showCountdown(startAt: Date, io: TerminalIo): { stop(): void } {
  io.errors.write(`Starts at ${startAt.toLocaleString()}. Keep this program running; Ctrl+C cancels.\n`);
  let told = Number.POSITIVE_INFINITY;
  const timer = setInterval(() => {
    const left = Math.ceil((startAt.getTime() - Date.now()) / 1000);
    const step = left > 60 ? 60 : 10;
    const mark = Math.ceil(left / step) * step;
    if (left > 0 && mark < told && mark > 0) {
      told = mark;
      io.errors.write(`Starts in ${ageText(left)}.\n`);
    }
  }, 500);
  return { stop: () => clearInterval(timer) };
}
