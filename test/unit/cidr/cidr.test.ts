import { describe, expect, it } from 'vitest';
import {
  contains,
  formatNetwork,
  isAny,
  isLoopback,
  overlaps,
  parseAddress,
  parseNetwork,
} from '../../../shared/lib/cidr.ts';
import type { Network } from '../../../shared/lib/cidr.ts';
import { complement, merge, subtract } from '../../../shared/lib/network-set.ts';

function network(text: string): Network {
  const parsed = parseNetwork(text);
  if (parsed === null) throw new Error(`not a network: ${text}`);
  return parsed;
}
const texts = (networks: readonly Network[]) => networks.map(formatNetwork);

describe('parseNetwork', () => {
  it.each([
    ['10.1.2.3', '10.1.2.3'],
    ['10.1.2.3/8', '10.0.0.0/8'],
    ['10.1.2.3/255.255.0.0', '10.1.0.0/16'],
    ['10.1.2.3 255.255.255.252', '10.1.2.0/30'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['0.0.0.0 0.0.0.0', '0.0.0.0/0'],
    ['2001:DB8:0:0::1/64', '2001:db8::/64'],
    ['fd00::1 ffff::', 'fd00::/16'],
    ['fe80::1%eth0', 'fe80::1'],
    ['::ffff:10.0.0.1', '::ffff:a00:1'],
    ['::/0', '::/0'],
  ])('%s is %s', (text, expected) => expect(formatNetwork(network(text))).toBe(expected));

  it.each([
    '',
    'all',
    'db.example',
    '10.1',
    '010.0.0.1',
    '0x7f.0.0.1',
    '256.0.0.1',
    '10.0.0.0/33',
    '::/129',
    '10.0.0.0/-1',
    '10.0.0.0 255.0.255.0',
    '10.0.0.0/ffff::',
    '10.0.0.0/8/8',
    '::1::',
    '[::1]',
    '10.0.0.0/8 x',
    '1:2',
    ':',
    '%eth0',
  ])('refuses "%s"', (text) => expect(parseNetwork(text)).toBeNull());
});

it('knows any and loopback', () => {
  expect(isAny(network('::/0')) && isAny(network('0.0.0.0/0'))).toBe(true);
  expect(isAny(network('0.0.0.0/1'))).toBe(false);
  expect(
    ['127.0.0.1', '127.0.0.0/8', '::1', '::ffff:127.0.0.1'].every((text) => isLoopback(network(text))),
  ).toBe(true);
  expect(['126.0.0.0/7', '0.0.0.0/0', '::/0', '::2'].some((text) => isLoopback(network(text)))).toBe(false);
});

it('compares networks of one family only', () => {
  expect(contains(network('10.0.0.0/8'), network('10.2.0.0/16'))).toBe(true);
  expect(contains(network('10.2.0.0/16'), network('10.0.0.0/8'))).toBe(false);
  expect(overlaps(network('10.2.0.0/16'), network('10.0.0.0/8'))).toBe(true);
  expect(overlaps(network('0.0.0.0/0'), network('::/0'))).toBe(false);
});

it('subtracts, merges and complements into the fewest networks', () => {
  expect(texts(subtract(network('10.0.0.0/30'), network('10.0.0.1')))).toEqual(['10.0.0.0', '10.0.0.2/31']);
  expect(
    texts(
      merge([
        network('10.0.0.0/25'),
        network('10.0.0.128/25'),
        network('10.0.0.7'),
        network('::/1'),
        network('8000::/1'),
      ]),
    ),
  ).toEqual(['10.0.0.0/24', '::/0']);
  expect(texts(complement([network('128.0.0.0/1'), network('0.0.0.0/2')], 'ipv4'))).toEqual(['64.0.0.0/2']);
  expect(complement([network('0.0.0.0/0')], 'ipv4')).toEqual([]);
});

it('reads the last IPv6 address as a number', () => {
  expect(parseAddress('ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff')?.value).toBe(2n ** 128n - 1n);
});
