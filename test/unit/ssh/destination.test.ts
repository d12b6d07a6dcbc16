import { describe, expect, it } from 'vitest';
import { HostError } from '../../../main/host/host.ts';
import { parseDestination, parseJumpList } from '../../../main/ssh/destination.ts';

describe('parseDestination', () => {
  it.each([
    ['db1', { user: null, host: 'db1', port: null }],
    ['admin@db1', { user: 'admin', host: 'db1', port: null }],
    ['admin@db1:2222', { user: 'admin', host: 'db1', port: 2222 }],
    ['ssh://admin@db1:2222/', { user: 'admin', host: 'db1', port: 2222 }],
    ['ssh://[fd99::2]:2222', { user: null, host: 'fd99::2', port: 2222 }],
    ['[fd99::2]', { user: null, host: 'fd99::2', port: null }],
    ['me@fd99::2', { user: 'me', host: 'fd99::2', port: null }],
    ['me@example.com@gateway', { user: 'me@example.com', host: 'gateway', port: null }],
  ])('reads %s', (text, expected) => {
    expect(parseDestination(text)).toEqual(expected);
  });

  it.each([
    '',
    '-oProxyCommand=x',
    'a@-host',
    '-l@host',
    'host:0',
    'host:70000',
    'http://host',
    'ho st',
    'a;b',
    '$(id)',
    '@h',
  ])('refuses %j', (text) => {
    expect(() => parseDestination(text)).toThrow(HostError);
  });

  it('reads the jump hosts of ssh -J in order', () => {
    expect(parseJumpList('me@a,b:2222').map(({ host, port }) => [host, port])).toEqual([
      ['a', null],
      ['b', 2222],
    ]);
    expect(parseJumpList('none')).toEqual([]);
  });
});
