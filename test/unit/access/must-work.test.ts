import { describe, expect, test } from 'vitest';
import { parseMustWork } from '../../../main/terminal/words.ts';

describe('--must-work', () => {
  test.each([
    ['app', { role: 'app', address: undefined, database: null }],
    ['app/shop', { role: 'app', address: undefined, database: 'shop' }],
    ['app@10.0.0.5', { role: 'app', address: '10.0.0.5', database: null }],
    ['app@10.0.0.0/24/shop', { role: 'app', address: '10.0.0.0/24', database: 'shop' }],
    ['app@10.0.0.5/shop', { role: 'app', address: '10.0.0.5', database: 'shop' }],
    ['app@fd99::/64', { role: 'app', address: 'fd99::/64', database: null }],
    ['app@local/shop', { role: 'app', address: null, database: 'shop' }],
  ])('%s', (text, wanted) => {
    expect(parseMustWork(text)).toEqual(wanted);
  });
  test.each(['', '@10.0.0.5', 'app@elsewhere', 'app@10.0.0.300', 'app@'])('not %j', (text) => {
    expect(() => parseMustWork(text)).toThrow('--must-work takes');
  });
});
