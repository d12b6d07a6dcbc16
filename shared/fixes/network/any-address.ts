import type { FactSet } from '../../facts/facts.ts';
import type { HbaView } from '../../checks/support/hba-view.ts';
import type { HbaEdit } from '../../hba/edit.ts';
import { hbaAddress } from '../../hba/address.ts';
import type { HbaRule } from '../../hba/types.ts';
import { addressBits, contains, formatNetwork, parseNetwork } from '../../lib/cidr.ts';
import type { AddressFamily, Network } from '../../lib/cidr.ts';
import type { AnyFix, Choice } from '../define-fix.ts';
import { defineFix } from '../define-fix.ts';
import { clientsAreVisible, clientsOfRules, logGoesBack } from '../support/clients.ts';
import { changeRule, disableRule, foundRules, hbaPlan } from '../support/hba.ts';
import { clientsIn, networksChoice, readNetworks, remoteClients } from '../support/networks.ts';
import { notOffered, offered } from '../support/offers.ts';

/**
 * The chosen networks that a rule is for: of its family, and with clients that come by this rule. A network in which
 * nobody was seen was chosen by a person for a reason, so every rule gets it.
 */
function networksFor(
  view: HbaView,
  rule: HbaRule,
  networks: readonly Network[],
  all: FactSet,
): readonly Network[] {
  const { address } = rule;
  const own =
    address?.kind === 'network' && address.prefix !== null
      ? parseNetwork(`${address.address}/${address.prefix}`)
      : null;
  const seen = remoteClients(all);
  const mine = clientsOfRules(view, [rule], all);
  // A short log does not tell by which rule a client of these networks would come.
  const told = logGoesBack(all);
  return networks.filter(
    (network) =>
      (own === null || contains(own, network)) &&
      (!told || clientsIn(network, seen).length === 0 || clientsIn(network, mine).length > 0),
  );
}

/** A network as the address of a rule. */
export const addressOf = (network: Network) =>
  hbaAddress(
    network.prefix === addressBits(network.family)
      ? `${formatNetwork(network)}/${network.prefix}`
      : formatNetwork(network),
  );

function narrow(view: HbaView, rule: HbaRule, networks: readonly Network[], all: FactSet): HbaEdit {
  const [first, ...more] = networksFor(view, rule, networks, all).map(addressOf);
  if (first === undefined) return disableRule(rule, 'was for very many addresses, and no client used it');
  return changeRule(
    rule,
    { address: first },
    more.map((address) => ({ address })),
  );
}

interface NarrowFix {
  readonly id: string;
  readonly check: string;
  readonly title: string;
  readonly description: string;
  /** Networks with fewer fixed bits are not narrow. */
  readonly shortestPrefix: Readonly<Record<AddressFamily, number>>;
  /** Whether its answers keep only networks with clients in the log, so that the log has to go back far enough. */
  readonly trustsLog: boolean;
}

/** The question which networks may connect, without those that are too large; the host's own stand in for them. */
function narrowChoice(all: FactSet, isNarrow: (network: Network) => boolean): Choice {
  const question = networksChoice(all);
  if (question.kind !== 'networks') return question;
  const kept = question.options.filter(({ value }) => {
    const network = parseNetwork(value);
    return network !== null && isNarrow(network);
  });
  const dropped = question.options.some((option) => option.chosen && !kept.includes(option));
  return {
    ...question,
    options: kept.map((option) => ({ ...option, chosen: option.chosen || dropped })),
  };
}

function narrowFix({ id, check, title, description, shortestPrefix, trustsLog }: NarrowFix): AnyFix {
  const isNarrow = ({ family, prefix }: Network) => prefix >= shortestPrefix[family];
  return defineFix({
    id,
    resolves: [check],
    title,
    description,
    effect: 'reload',
    reversible: true,
    cutsOff: true,
    safe: true,
    needs: ['configurationFiles', 'cluster'],
    safeFor: (_facts, _finding, all) => clientsAreVisible(all) && (!trustsLog || logGoesBack(all)),
    offer: (facts, finding) =>
      foundRules(facts, finding) === null ? notOffered('pg_hba.conf could not be read.') : offered,
    choices: (_facts, _finding, all) => [narrowChoice(all, isNarrow)],
    plan(facts, finding, answers, _preferences, all) {
      const found = foundRules(facts, finding);
      if (found === null) return { ok: false, reason: 'pg_hba.conf could not be read.' };
      const networks = readNetworks(answers['networks']);
      if (typeof networks === 'string') return { ok: false, reason: networks };
      const wide = networks.find((network) => !isNarrow(network));
      if (wide !== undefined)
        return { ok: false, reason: `${formatNetwork(wide)} is very large. Name smaller networks.` };
      return hbaPlan(
        facts.cluster.major,
        found.rules.map((rule) => narrow(found.view, rule, networks, all)),
      );
    },
  });
}

export const narrowAnyAddress = narrowFix({
  id: 'narrow-any-address',
  check: 'hba-any-address',
  title: 'Remove the rules for any address',
  description:
    'Each line for any address is replaced by lines for the networks that you choose. A line that none of the clients seen uses is commented out.',
  shortestPrefix: { ipv4: 4, ipv6: 4 },
  trustsLog: false,
});

export const narrowBroadRange = narrowFix({
  id: 'narrow-broad-range',
  check: 'hba-broad-range',
  title: 'Narrow the rules for very large networks',
  description:
    'Each line for a very large network is replaced by lines for the networks that you choose. A line that none of the clients seen uses is commented out.',
  shortestPrefix: { ipv4: 16, ipv6: 48 },
  trustsLog: true,
});
