import type { FactSet } from '../../facts/facts.ts';
import type { HbaView } from '../../checks/support/hba-view.ts';
import type { HbaEdit } from '../../hba/edit.ts';
import { hbaAddress } from '../../hba/address.ts';
import type { HbaRule } from '../../hba/types.ts';
import { addressBits, formatNetwork } from '../../lib/cidr.ts';
import type { Network } from '../../lib/cidr.ts';
import { defineFix } from '../define-fix.ts';
import { clientsAreVisible, clientsOfRules, logGoesBack } from '../support/clients.ts';
import { changeRule, disableRule, foundRules, hbaPlan } from '../support/hba.ts';
import { clientsIn, networksChoice, readNetworks, remoteClients } from '../support/networks.ts';
import { allOffered, configurable, notOffered, offered } from '../support/offers.ts';

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
  const family = rule.address?.kind === 'network' ? rule.address.family : null;
  const seen = remoteClients(all);
  const mine = clientsOfRules(view, [rule], all);
  // A short log does not tell by which rule a client of these networks would come.
  const told = logGoesBack(all);
  return networks.filter(
    (network) =>
      (family === null || network.family === family) &&
      (!told || clientsIn(network, seen).length === 0 || clientsIn(network, mine).length > 0),
  );
}

const addressOf = (network: Network) =>
  hbaAddress(
    network.prefix === addressBits(network.family)
      ? `${formatNetwork(network)}/${network.prefix}`
      : formatNetwork(network),
  );

function narrow(view: HbaView, rule: HbaRule, networks: readonly Network[], all: FactSet): HbaEdit {
  const [first, ...more] = networksFor(view, rule, networks, all).map(addressOf);
  if (first === undefined) return disableRule(rule, 'accepted any address, and no client used it');
  return changeRule(
    rule,
    { address: first },
    more.map((address) => ({ address })),
  );
}

export const narrowAnyAddress = defineFix({
  id: 'narrow-any-address',
  resolves: ['hba-any-address'],
  title: 'Remove the rules for any address',
  description:
    'Each line for any address is replaced by lines for the networks that you choose. A line that none of the clients seen uses is commented out.',
  effect: 'reload',
  reversible: true,
  cutsOff: true,
  safe: true,
  needs: ['configurationFiles', 'cluster'],
  safeFor: (_facts, _finding, all) => clientsAreVisible(all),
  offer: (facts, finding) =>
    allOffered(
      configurable(facts.cluster),
      foundRules(facts, finding) === null ? notOffered('pg_hba.conf could not be read.') : offered,
    ),
  choices: (_facts, _finding, all) => [networksChoice(all)],
  plan(facts, finding, answers, _preferences, all) {
    const found = foundRules(facts, finding);
    if (found === null) return { ok: false, reason: 'pg_hba.conf could not be read.' };
    const networks = readNetworks(answers['networks']);
    if (typeof networks === 'string') return { ok: false, reason: networks };
    return hbaPlan(
      facts.cluster.major,
      found.rules.map((rule) => narrow(found.view, rule, networks, all)),
    );
  },
});
