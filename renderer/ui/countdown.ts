/** Seconds left at which the countdown is spoken; each second would drown everything else. */
const spokenAt = [120, 60, 30, 10] as const;

/** Minutes and seconds with fixed digits: `1:47`, from an hour on `2:05:00`. Never below zero. */
export function clockText(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  if (whole >= 3600) return `${Math.floor(whole / 3600)}:${clockText(whole % 3600).padStart(5, '0')}`;
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

/**
 * What is to be spoken when the countdown goes from `before` to `now` seconds, or null. A jump over several marks (a
 * sleeping laptop) speaks the last one only.
 */
export function spokenCountdown(before: number, now: number, until = 'the host rolls back'): string | null {
  const crossed = spokenAt.filter((mark) => before > mark && now <= mark && now > 0);
  const mark = crossed.at(-1);
  if (mark === undefined) return null;
  if (mark === 120) return `2 minutes until ${until}`;
  if (mark === 60) return `1 minute until ${until}`;
  return `${mark} seconds until ${until}`;
}
