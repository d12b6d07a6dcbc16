import fc from 'fast-check';
import { expect, it } from 'vitest';
import { evaluate, sourcesAllowed } from '../../../shared/firewall/evaluate.ts';
import type { Action, Chain, Condition, FirewallModel, Rule } from '../../../shared/firewall/model.ts';
import { readFirewall } from '../../../shared/firewall/read-firewall.ts';
import { networkOf } from '../../../shared/lib/cidr.ts';
import { hasAddress, networkSet } from '../../../shared/lib/network-set.ts';
import { rawFirewall } from '../../unit/firewall/firewalls.ts';

const addresses = fc
  .integer({ min: 0, max: 15 })
  .map((last) => ({ family: 'ipv4' as const, value: 0x0a00_0000n + BigInt(last) }));
const conditions: fc.Arbitrary<Condition> = fc.oneof(
  fc
    .tuple(addresses, fc.integer({ min: 28, max: 32 }), fc.boolean())
    .map(([address, prefix, negated]): Condition => ({
      kind: 'address',
      end: 'source',
      set: networkSet([networkOf(address, prefix)]),
      negated,
      family: 'ipv4',
    })),
  fc.tuple(fc.constantFrom(5432, 22), fc.boolean()).map(([port, negated]): Condition => ({
    kind: 'port',
    end: 'destination',
    ranges: [[port, port]],
    negated,
  })),
);
const rule = (targets: readonly string[]): fc.Arbitrary<Rule> =>
  fc.record({
    text: fc.constant('r'),
    handle: fc.constant(null),
    conditions: fc.array(conditions, { maxLength: 2 }),
    action: fc.oneof(
      fc.constantFrom<Action>({ kind: 'accept' }, { kind: 'drop' }, { kind: 'return' }, { kind: 'continue' }),
      ...targets.map((chain) => fc.constantFrom<Action>({ kind: 'jump', chain }, { kind: 'goto', chain })),
    ),
  });
const chain = (name: string, base: Chain['base'], targets: readonly string[]): fc.Arbitrary<Chain> =>
  fc
    .array(rule(targets), { maxLength: 5 })
    .map((rules) => ({ family: 'inet', table: 't', name, base, rules, origin: 'nft' }));
const models: fc.Arbitrary<FirewallModel> = fc
  .tuple(
    fc.constantFrom('accept' as const, 'drop' as const),
    fc.constantFrom('accept' as const, 'drop' as const),
  )
  .chain(([one, other]) =>
    fc.tuple(
      chain('input', { hook: 'input', priority: 0, policy: one, device: null }, ['a', 'b']),
      chain('later', { hook: 'input', priority: 1, policy: other, device: null }, ['b']),
      chain('a', null, ['b']),
      chain('b', null, []),
    ),
  )
  .map((chains) => ({
    manager: 'nft',
    managers: ['nft'],
    chains,
    defaultInbound: 'unknown',
    persistence: { state: 'unknown', reason: '' },
    problems: [],
  }));

/** The textbook walk of one packet, written without sets: what the set-valued one is compared with. */
function holds(condition: Condition, source: bigint, port: number): boolean {
  if (condition.kind === 'address')
    return hasAddress(condition.set, { family: 'ipv4', value: source }) !== condition.negated;
  if (condition.kind === 'port')
    return condition.ranges.some(([first, last]) => first <= port && port <= last) !== condition.negated;
  throw new Error(condition.kind);
}
function simple(chains: readonly Chain[], at: Chain, source: bigint, port: number): 'accept' | 'drop' | null {
  for (const { conditions: all, action } of at.rules) {
    if (!all.every((condition) => holds(condition, source, port))) continue;
    if (action.kind === 'accept' || action.kind === 'drop') return action.kind;
    if (action.kind === 'return') return null;
    if (action.kind === 'jump' || action.kind === 'goto') {
      const target = chains.find(({ name }) => name === action.chain);
      const verdict = target === undefined ? null : simple(chains, target, source, port);
      if (verdict !== null || action.kind === 'goto') return verdict;
    }
  }
  return null;
}

it('the exact set of sources agrees with walking each packet by itself', () => {
  fc.assert(
    fc.property(models, addresses, fc.constantFrom(5432, 22, 80), (model, source, port) => {
      const base = model.chains.filter((one) => one.base !== null);
      const accepted = base.every(
        (one) => (simple(model.chains, one, source.value, port) ?? one.base?.policy) === 'accept',
      );
      const { allowed, unknown } = sourcesAllowed(model, { port, family: 'ipv4', interface: 'eth0' });
      expect(hasAddress(allowed, source)).toBe(accepted);
      expect(unknown).toEqual([]);
      expect(evaluate(model, { source, destination: null, port, interface: 'eth0' }).verdict).toBe(
        accepted ? 'accept' : 'drop',
      );
    }),
    { numRuns: 2000 },
  );
});

/** The model with what it does not understand decided one way or the other. */
function resolved(model: FirewallModel, holds: (text: string) => boolean): FirewallModel {
  const chains = model.chains.map((one) => ({
    ...one,
    rules: one.rules.map((each) => ({
      ...each,
      conditions: each.conditions.map((condition): Condition =>
        condition.kind === 'unknown' ? { kind: 'fixed', holds: holds(condition.text) } : condition,
      ),
    })),
  }));
  return { ...model, chains };
}

/** Puts a condition that nobody understands into some of the rules, each with a name of its own. */
function doubted(model: FirewallModel, which: (rule: number) => boolean): FirewallModel {
  let number = 0;
  const chains = model.chains.map((one) => ({
    ...one,
    rules: one.rules.map((each) => {
      number += 1;
      return which(number)
        ? { ...each, conditions: [...each.conditions, { kind: 'unknown' as const, text: String(number) }] }
        : each;
    }),
  }));
  return { ...model, chains };
}

it('what is not understood never makes an address closed or open that it could open or close', () => {
  let unclear = 0;
  fc.assert(
    fc.property(
      models,
      addresses,
      fc.constantFrom(5432, 22),
      fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }),
      fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }),
      (plain, source, port, where, truth) => {
        const model = doubted(plain, (rule) => where[rule] === true);
        const query = { port, family: 'ipv4', interface: 'eth0' } as const;
        const { allowed, unknown } = sourcesAllowed(model, query);
        const really = hasAddress(
          sourcesAllowed(
            resolved(model, (text) => truth[Number(text)] === true),
            query,
          ).allowed,
          source,
        );
        const open = unknown.some((part) => hasAddress(part.addresses, source));
        if (open) unclear += 1;
        else expect(hasAddress(allowed, source)).toBe(really);
        const { verdict } = evaluate(model, { source, destination: null, port, interface: 'eth0' });
        expect(verdict === 'unknown').toBe(open);
      },
    ),
    { numRuns: 1500 },
  );
  expect(unclear).toBeGreaterThan(100);
});

it('no text from a host makes reading fail', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), fc.string(), fc.string(), (json, save, ipset) => {
      for (const text of [
        json,
        `{"nftables": [${json}]}`,
        `{"nftables": [{"rule": ${json}}]}`,
        `{"nftables": [{"rule": {"expr": [${json}]}}]}`,
      ]) {
        readFirewall(
          rawFirewall({
            nftRulesetJson: text,
            iptablesSave: `*filter\n:INPUT ACCEPT\n-A INPUT ${save}`,
            ipsetSave: ipset,
          }),
        );
      }
    }),
  );
});
