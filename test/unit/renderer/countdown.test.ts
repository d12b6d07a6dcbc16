import { expect, test } from 'vitest';
import { clockText, spokenCountdown } from '../../../renderer/ui/countdown.ts';

test('the clock has fixed digits and never goes below zero', () => {
  expect([180, 107.2, 60, 9.01, 0, -3].map(clockText)).toEqual([
    '3:00',
    '1:48',
    '1:00',
    '0:10',
    '0:00',
    '0:00',
  ]);
});

test('a countdown is spoken at 2:00, 1:00, 0:30 and 0:10 only', () => {
  const spoken: string[] = [];
  let before = Number.POSITIVE_INFINITY;
  for (let now = 180; now >= 0; now -= 0.25) {
    const words = spokenCountdown(before, now);
    if (words !== null) spoken.push(`${now}: ${words}`);
    before = now;
  }
  expect(spoken).toEqual([
    '120: 2 minutes until the host rolls back',
    '60: 1 minute until the host rolls back',
    '30: 30 seconds until the host rolls back',
    '10: 10 seconds until the host rolls back',
  ]);
});

test('a jump over several marks speaks the last one, and the end is not spoken', () => {
  expect(spokenCountdown(150, 28)).toBe('30 seconds until the host rolls back');
  expect(spokenCountdown(150, 0)).toBeNull();
});
