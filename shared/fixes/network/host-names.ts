import type { FactSet } from '../../facts/facts.ts';
import type { HbaEdit } from '../../hba/edit.ts';
import type { HbaRule } from '../../hba/types.ts';
import { formatNetwork, networkOf, parseAddress } from '../../lib/cidr.ts';
import type { Network } from '../../lib/cidr.ts';
import { listOf, unique } from '../../checks/support/words.ts';
import { changeRule } from '../support/hba.ts';
import { readNetworks } from '../support/networks.ts';
import { notOffered, offered } from '../support/offers.ts';
import { ruleFix } from '../support/rule-fix.ts';
import { addressOf } from './any-address.ts';

const nameOf = ({ address }: HbaRule): string | null => (address?.kind === 'host-name' ? address.name : null);

/** Each host name once, in the order of the rules: the answers are numbered by it. */
const namesOf = (rules: readonly HbaRule[]): readonly string[] =>
  unique(rules.flatMap((rule) => nameOf(rule) ?? []));

/** What the host found for a name when it was inspected. */
function foundFor(name: string, { hostNames }: FactSet): readonly Network[] {
  const known = hostNames.state === 'collected' ? hostNames.value : [];
  return (known.find((one) => one.name === name)?.addresses ?? []).flatMap((text) => {
    const address = parseAddress(text);
    return address === null ? [] : [networkOf(address)];
  });
}

const keyOf = (at: number): string => `addresses-${at + 1}`;

export const addressesForHostNames = ruleFix({
  id: 'addresses-for-host-names',
  check: 'hba-hostname',
  title: 'Write addresses in the place of host names',
  description:
    'Each line with a host name becomes lines with the addresses that the name has now, so that the name service decides about no login any more. A client that gets another address later, as behind DHCP or in a cloud, is refused until its line is changed. Lines for all hosts of a domain (.example.com) stay as they are.',
  cutsOff: true,
  // Whether the addresses stay, nobody can see.
  safe: false,
  offer: ({ rules }) =>
    namesOf(rules).length > 0
      ? offered
      : notOffered(
          `Which hosts end in ${listOf(unique(rules.flatMap(({ address }) => (address?.kind === 'host-suffix' ? address.suffix : []))))} only you can tell. Write a line for the address of each, or for their network.`,
        ),
  choices: ({ rules }, all) =>
    namesOf(rules).map((name, at) => {
      const found = foundFor(name, all);
      return {
        kind: 'text',
        key: keyOf(at),
        label: `Which addresses does ${name} have?`,
        value: found.map(formatNetwork).join(', '),
        help:
          found.length > 0
            ? 'As the database host finds them now. More can be added, with commas between them.'
            : 'The database host finds none for this name: nobody gets in by its line today. Write one such as 10.20.30.7.',
      };
    }),
  edits({ rules }, answers) {
    const chosen = new Map<string, readonly Network[]>();
    for (const [at, name] of namesOf(rules).entries()) {
      const networks = readNetworks(answers[keyOf(at)]);
      if (typeof networks === 'string') return networks;
      if (networks.length === 0) return `Name the addresses of ${name}.`;
      chosen.set(name, networks);
    }
    return rules.flatMap((rule): HbaEdit[] => {
      const [first, ...more] = (chosen.get(nameOf(rule) ?? '') ?? []).map(addressOf);
      return first === undefined
        ? []
        : [
            changeRule(
              rule,
              { address: first },
              more.map((address) => ({ address })),
            ),
          ];
    });
  },
});
