import type { Firewall } from '../facts/network.ts';
import { isAny, parseNetwork } from '../lib/cidr.ts';
import type { AddressFamily, Network } from '../lib/cidr.ts';
import { anySet, containsSet, intersection, networkSet } from '../lib/network-set.ts';
import { quoteShell } from '../lib/quoting.ts';
import { sourcesAllowed } from './evaluate.ts';
import { asObject, asObjects, asText, parseJson } from './json.ts';
import type { Json, JsonObject } from './json.ts';
import { chainKey } from './model.ts';
import type { Chain, FirewallModel } from './model.ts';
import { targetsOf, textsOf } from './plan-types.ts';
import type { FirewallSteps, Target, Wanted } from './plan-types.ts';
import { readFirewall } from './read-firewall.ts';
import { restoreUnit, saveUnit, startsNotAtBoot, writeFile } from './saved-state.ts';

const file = '/etc/portcullis.nft';
const table = 'inet portcullis';
/** The comment that marks rules put into chains of others. */
const mark = 'portcullis';
const include = `include "${file}"`;

const isOwn = (object: JsonObject) => {
  const inner = asObject(Object.values(object)[0]);
  const name = 'table' in object ? asText(inner?.['name']) : asText(inner?.['table']);
  return `${asText(inner?.['family'])} ${name}` === table;
};
const isMarked = (object: JsonObject) => asObject(object['rule'])?.['comment'] === mark;

/** The ruleset without what an earlier plan put in, and the handles of its rules in chains of others. */
function foreign(raw: Firewall): { readonly model: FirewallModel; readonly marked: readonly JsonObject[] } {
  const objects = asObjects(asObject(parseJson(raw.nftRulesetJson ?? ''))?.['nftables']);
  const kept = objects.filter((object) => !isOwn(object) && !isMarked(object));
  const nftables: Json = { nftables: kept };
  const model = readFirewall({ ...raw, nftRulesetJson: JSON.stringify(nftables) });
  return {
    model,
    marked: objects
      .filter((object) => isMarked(object) && !isOwn(object))
      .flatMap((object) => asObjects(object['rule'])),
  };
}

function set(networks: readonly string[]): string {
  return networks.length === 1 ? (networks[0] ?? '') : `{ ${networks.join(', ')} }`;
}

/** `ip saddr … tcp dport …` for each family that has networks; without addresses where they are all. */
function accepts(
  networks: readonly Network[],
  port: number,
  families: readonly AddressFamily[],
): readonly string[] {
  return families.flatMap((family) => {
    const ofFamily = networks.filter((network) => network.family === family);
    if (ofFamily.length === 0) return [];
    const word = family === 'ipv4' ? 'ip' : 'ip6';
    const sender = ofFamily.some(isAny)
      ? `meta nfproto ${family}`
      : `${word} saddr ${set(textsOf(ofFamily, family))}`;
    return [`${sender} tcp dport ${port} accept`];
  });
}

const loopback = networkSet(['127.0.0.0/8', '::1'].map(parseNetwork).filter((network) => network !== null));

/** Names as nft writes them; anything else from a host is not put into a script. */
const plainName = /^[A-Za-z_][\w./-]*$/;

const familiesOf = (chain: Chain): readonly AddressFamily[] =>
  chain.family === 'ip' ? ['ipv4'] : chain.family === 'ip6' ? ['ipv6'] : ['ipv4', 'ipv6'];

const baseline = (wanted: Wanted, families: readonly AddressFamily[]): readonly string[] => [
  'iifname "lo" accept',
  'ct state established,related accept',
  ...(families.includes('ipv4') ? ['meta l4proto icmp accept'] : []),
  ...(families.includes('ipv6') ? ['meta l4proto ipv6-icmp accept'] : []),
  ...wanted.sshPorts.flatMap((port) => accepts(wanted.sshFrom, port, families)),
];

/** The model as if the chain were the only one that the kernel calls, with another policy. */
function onlyChain(model: FirewallModel, wanted: Chain, policy: 'accept' | 'drop'): FirewallModel {
  const chains = model.chains.map((chain) =>
    chainKey(chain) === chainKey(wanted) && chain.base !== null
      ? { ...chain, base: { ...chain.base, policy } }
      : { ...chain, base: null },
  );
  return { ...model, chains, problems: [] };
}

/** Lines that go into a chain of somebody else, so that it lets the chosen networks and ssh through. */
function chainLines(model: FirewallModel, chain: Chain, wanted: Wanted, deny: boolean): readonly string[] {
  const name = chainKey(chain);
  const policy = deny ? 'drop' : (chain.base?.policy ?? 'accept');
  const alone = onlyChain(model, chain, policy);
  const closedFor = ({ port, allow }: Target) =>
    familiesOf(chain).filter((family) => {
      const chosen = intersection(networkSet(allow), anySet(family));
      return !containsSet(sourcesAllowed(alone, { port, family, interface: null }).allowed, chosen);
    });
  const closedInside = familiesOf(chain).some((family) => {
    const inside = sourcesAllowed(alone, { port: wanted.port, family, interface: 'lo' });
    return !containsSet(inside.allowed, intersection(loopback, anySet(family)));
  });
  const opening = [
    ...(closedInside && !deny ? ['iifname "lo" accept'] : []),
    ...targetsOf(wanted).flatMap((target) => accepts(target.allow, target.port, closedFor(target))),
  ].map((rule) => `insert rule ${name} ${rule} comment "${mark}"`);
  const denying = deny
    ? baseline(wanted, familiesOf(chain)).map((rule) => `add rule ${name} ${rule} comment "${mark}"`)
    : [];
  if (opening.length + denying.length === 0) return [];
  // Declared again, so that the file can also be loaded where the chain is missing; this also sets the policy.
  return [
    `add table ${chain.family} ${chain.table}`,
    `add chain ${name} { type filter hook input priority ${chain.base?.priority ?? 0}; policy ${policy}; }`,
    ...opening,
    ...denying,
  ];
}

function ownTable(wanted: Wanted, denyFamilies: readonly AddressFamily[]): readonly string[] {
  const both: readonly AddressFamily[] = ['ipv4', 'ipv6'];
  const rest = both.filter((family) => !denyFamilies.includes(family));
  return [
    `table ${table}`,
    `delete table ${table}`,
    `table ${table} {`,
    '  chain postgresql {',
    // Before the chains of others: what is refused here cannot be let in there.
    '    type filter hook input priority -10; policy accept;',
    '    iifname "lo" accept',
    '    ct state established,related accept',
    ...targetsOf(wanted).flatMap(({ port, allow }) => [
      ...accepts(allow, port, both).map((rule) => `    ${rule}`),
      `    tcp dport ${port} drop`,
    ]),
    '  }',
    ...(denyFamilies.length === 0
      ? []
      : [
          '  chain input {',
          '    type filter hook input priority 10; policy drop;',
          ...rest.map((family) => `    meta nfproto ${family} accept`),
          ...baseline(wanted, denyFamilies).map((rule) => `    ${rule}`),
          ...targetsOf(wanted).flatMap(({ port, allow }) =>
            accepts(allow, port, denyFamilies).map((rule) => `    ${rule}`),
          ),
          '  }',
        ]),
    '}',
  ];
}

/**
 * Plans with nft: an own table that is called before the others and decides about PostgreSQL alone, in an own file that
 * the configuration includes. Other tables only get what lets the chosen networks through, and the policy.
 */
export function planNft(_model: FirewallModel, raw: Firewall, wanted: Wanted): FirewallSteps {
  const { model, marked } = foreign(raw);
  const inputs = model.chains.filter(
    ({ origin, base, table: inTable, name, family }) =>
      // Chains for address translation are called at 100; what filters comes before.
      origin === 'nft' &&
      base?.hook === 'input' &&
      base.priority < 100 &&
      family !== 'netdev' &&
      plainName.test(inTable) &&
      plainName.test(name) &&
      inTable !== 'firewalld',
  );
  const denyWanted = wanted.defaultDeny && model.defaultInbound !== 'drop';
  const inet = inputs.filter(({ family }) => family === 'inet');
  const last = (list: readonly Chain[]) =>
    [...list].sort((one, other) => one.rules.length - other.rules.length).slice(-1);
  const candidates =
    inet.length > 0
      ? last(inet)
      : (['ip', 'ip6'] as const).flatMap((family) => last(inputs.filter((chain) => chain.family === family)));
  const denying = denyWanted ? candidates : [];
  const denied = new Set(denying.flatMap(familiesOf));
  const missing = denyWanted ? (['ipv4', 'ipv6'] as const).filter((family) => !denied.has(family)) : [];
  const letsAllIn = denying.filter((chain) => {
    const { allowed } = sourcesAllowed(onlyChain(model, chain, 'drop'), {
      port: 21_987,
      family: familiesOf(chain)[0] ?? 'ipv4',
      interface: null,
    });
    return containsSet(allowed, anySet(familiesOf(chain)[0] ?? 'ipv4'));
  });
  const inOthers = inputs.map((chain) => ({
    chain,
    lines: chainLines(model, chain, wanted, denying.includes(chain)),
  }));
  const touched = [
    ...new Set([
      ...inOthers
        .filter(({ lines }) => lines.length > 0)
        .map(({ chain }) => `${chain.family} ${chain.table}`),
      ...marked.map((rule) => `${asText(rule['family'])} ${asText(rule['table'])}`),
    ]),
  ];
  const configuration =
    raw.files.find(({ path }) => path === '/etc/sysconfig/nftables.conf')?.path ?? '/etc/nftables.conf';
  const unit = 'nftables.service';
  const loadedElsewhere = model.managers.includes('nft') && startsNotAtBoot(raw.units, 'nftables');
  const names = [...touched, table];
  return {
    commands: [
      writeFile(file, [
        `# Written by Portcullis: who may reach PostgreSQL on port ${wanted.port}.`,
        ...ownTable(wanted, missing),
        ...inOthers.flatMap(({ lines }) => lines),
      ]),
      ...(wanted.enable || model.managers.length > 0
        ? [
            ...marked.map(
              (rule) =>
                `nft delete rule ${quoteShell(asText(rule['family']))} ${quoteShell(asText(rule['table']))} ${quoteShell(asText(rule['chain']))} handle ${Number(rule['handle'])}`,
            ),
            `nft -f ${file}`,
          ]
        : []),
      `if [ ! -e ${configuration} ]; then printf '%s\\n' '#!/usr/sbin/nft -f' '' 'flush ruleset' > ${configuration}; fi`,
      `grep -qxF '${include}' ${configuration} || printf '\\n%s\\n' '${include}' >> ${configuration}`,
      `nft -c -f ${configuration}`,
      ...(wanted.enable && startsNotAtBoot(raw.units, 'nftables') && !loadedElsewhere
        ? [`systemctl --quiet enable ${unit}`]
        : []),
    ],
    files: [file, configuration],
    save: [
      ': > "$SAVE/nft.tables"',
      ...names.map((name) => `nft list table ${name} >> "$SAVE/nft.tables" 2>/dev/null || true`),
      saveUnit(unit),
    ],
    restore: [
      // One transaction: there is no moment without rules.
      `{ printf '%s\\n' ${names
        .flatMap((name) => [`table ${name}`, `delete table ${name}`])
        .map(quoteShell)
        .join(' ')}; cat "$SAVE/nft.tables"; } | nft -f -`,
      restoreUnit(unit),
    ],
    notes: [
      ...(loadedElsewhere
        ? [`nftables.service does not start at boot: whatever loads the rules now must load ${file} as well`]
        : []),
      ...letsAllIn.map(
        (chain) =>
          `${chainKey(chain)} ends with a rule that lets everything in: ports that no rule names stay open`,
      ),
    ],
  };
}
