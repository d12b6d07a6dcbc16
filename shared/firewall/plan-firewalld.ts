import type { Firewall } from '../facts/network.ts';
import { formatNetwork, isAny } from '../lib/cidr.ts';
import type { Network } from '../lib/cidr.ts';
import { quoteShell } from '../lib/quoting.ts';
import { portCovers, readRichRule, readZones, sameZones } from './firewalld-zones.ts';
import type { FirewalldZone } from './firewalld-zones.ts';
import type { FirewallModel } from './model.ts';
import { covered, targetsOf } from './plan-types.ts';
import type { FirewallSteps, Target, Wanted } from './plan-types.ts';
import { restoreUnit, saveUnit } from './saved-state.ts';

/** One change of a zone: what is added or removed. */
interface Change {
  readonly zone: string;
  readonly verb: 'add' | 'remove';
  readonly kind: 'service' | 'port' | 'rich-rule';
  readonly value: string;
}

function richRule(
  network: Network | null,
  port: number,
  verdict: 'accept' | 'drop',
  priority: number,
): string {
  const source = network === null || isAny(network) ? '' : ` source address="${formatNetwork(network)}"`;
  const family = network === null ? '' : ` family="${network.family}"`;
  return `rule${priority === 0 ? '' : ` priority="${priority}"`}${family}${source} port port="${port}" protocol="tcp" ${verdict}`;
}

/** Rules for one zone. Priorities below zero come before everything else that the zone says. */
function zoneChanges(zone: FirewalldZone, wanted: Target): readonly Change[] {
  const change = (verb: Change['verb'], kind: Change['kind'], value: string): Change => ({
    zone: zone.name,
    verb,
    kind,
    value,
  });
  const names = (subject: string | null) =>
    subject !== null &&
    (portCovers(subject, wanted.port) === 'alone' || (subject === 'postgresql' && wanted.port === 5432));
  const tooWide = (text: string) => {
    const { accepts, source } = readRichRule(text);
    return accepts && (source === null || !covered(source, wanted.allow));
  };
  const wide = zone.richRules.filter((text) => names(readRichRule(text).subject) && tooWide(text));
  const services = zone.services.filter((service) => service === 'postgresql' && wanted.port === 5432);
  const ports = zone.ports.filter((text) => portCovers(text, wanted.port) === 'alone');
  const stillOpen =
    zone.target === 'ACCEPT' ||
    zone.ports.some((text) => portCovers(text, wanted.port) === 'among') ||
    zone.protocols.includes('tcp') ||
    zone.sourcePorts.some((text) => text.endsWith('/tcp')) ||
    zone.richRules.some(
      (text) =>
        !wide.includes(text) &&
        tooWide(text) &&
        !/^\d+\/|^(ssh|dhcpv6-client)$/.test(readRichRule(text).subject ?? ''),
    );
  const priority = stillOpen ? -100 : 0;
  const own = [
    ...wanted.allow.map((network) => richRule(network, wanted.port, 'accept', priority)),
    ...(stillOpen ? [richRule(null, wanted.port, 'drop', -99)] : []),
  ];
  return [
    ...services.map((service) => change('remove', 'service', service)),
    ...ports.map((text) => change('remove', 'port', text)),
    ...wide.map((text) => change('remove', 'rich-rule', text)),
    ...own.filter((text) => !zone.richRules.includes(text)).map((text) => change('add', 'rich-rule', text)),
  ];
}

function sshChanges(zone: FirewalldZone, wanted: Wanted): readonly Change[] {
  return wanted.sshPorts.flatMap((port): readonly Change[] => {
    const named =
      (port === 22 && zone.services.includes('ssh')) ||
      zone.ports.some((text) => portCovers(text, port) !== 'no');
    if (named) return [];
    if (wanted.sshFrom.some(isAny)) {
      return [
        port === 22
          ? { zone: zone.name, verb: 'add', kind: 'service', value: 'ssh' }
          : { zone: zone.name, verb: 'add', kind: 'port', value: `${port}/tcp` },
      ];
    }
    return wanted.sshFrom.map((network) => ({
      zone: zone.name,
      verb: 'add',
      kind: 'rich-rule',
      value: richRule(network, port, 'accept', 0),
    }));
  });
}

const argument = ({ zone, verb, kind, value }: Change) =>
  `${quoteShell(`--zone=${zone}`)} ${quoteShell(`--${verb}-${kind}=${value}`)}`;
const inverse = (change: Change): Change => ({ ...change, verb: change.verb === 'add' ? 'remove' : 'add' });

/** The offline program has other names for taking services and ports away. */
const offline = (change: Change) =>
  `firewall-offline-cmd --quiet ${argument(change).replace(/--remove-(service|port)=/, (_, kind: string) => `--remove-${kind}-from-zone=`)}`.replace(
    '-port-from-zone',
    '-port',
  );

/** Plans with firewalld: the running rules and the stored ones are changed alike, without a reload. */
export function planFirewalld(_model: FirewallModel, raw: Firewall, wanted: Wanted): FirewallSteps {
  const state = raw.firewalld;
  const running = state?.running === true;
  const defaultZone = state?.defaultZone.trim() || 'public';
  const listed = readZones((running ? state.runtimeZones : state?.permanentZones) ?? '');
  const empty: FirewalldZone = {
    name: defaultZone,
    active: false,
    target: 'default',
    interfaces: [],
    sources: [],
    services: ['ssh'],
    ports: [],
    protocols: [],
    sourcePorts: [],
    richRules: [],
  };
  // Names become paths and arguments.
  const named = listed.filter(({ name }) => /^[\w.-]+$/.test(name));
  const zones = named.some(({ name }) => name === defaultZone) ? named : [...named, empty];
  const used = zones.filter(
    ({ name, interfaces, sources }) => name === defaultZone || interfaces.length > 0 || sources.length > 0,
  );
  // Networks that somebody put into a trusting zone stay trusted; only what comes from anywhere is refused.
  const open = used.filter(({ target, sources }) => target === 'ACCEPT' && sources.length === 0);
  const refuse: readonly Change[] = wanted.defaultDeny
    ? open.flatMap((zone) => [
        ...sshChanges(zone, wanted),
        {
          zone: zone.name,
          verb: 'add' as const,
          kind: 'rich-rule' as const,
          value: 'rule priority="32767" drop',
        },
      ])
    : [];
  const starting = running
    ? []
    : used.filter((zone) => !open.includes(zone)).flatMap((zone) => sshChanges(zone, wanted));
  const changes = [
    ...starting,
    ...refuse,
    ...targetsOf(wanted).flatMap((target) => used.flatMap((zone) => zoneChanges(zone, target))),
  ];
  const unit = 'firewalld.service';
  const atBoot = raw.units.some(
    ({ name, enabled }) => name.replace(/\.service$/, '') === 'firewalld' && enabled,
  );
  const alike = running && sameZones(state.runtimeZones, state.permanentZones);
  const undo = [...changes]
    .reverse()
    .map((change) => `firewall-cmd --quiet ${argument(inverse(change))} || true`);
  return {
    commands: [
      ...changes.flatMap((change) =>
        running
          ? [
              `firewall-cmd --quiet ${argument(change)}`,
              `firewall-cmd --quiet --permanent ${argument(change)}`,
            ]
          : [offline(change)],
      ),
      ...(wanted.enable && !running
        ? [
            `systemctl --quiet enable --now ${unit}`,
            // The unit counts as started before its rules are loaded.
            'for try in $(seq 100); do if firewall-cmd --quiet --state; then break; fi; sleep 0.2; done',
            'firewall-cmd --quiet --state',
          ]
        : []),
      ...(wanted.enable && running && !atBoot ? [`systemctl --quiet enable ${unit}`] : []),
    ],
    // firewalld keeps the version before in a file of its own.
    files: [...new Set(used.map(({ name }) => name))].flatMap((name) => [
      `/etc/firewalld/zones/${name}.xml`,
      `/etc/firewalld/zones/${name}.xml.old`,
    ]),
    save: [
      saveUnit(unit),
      'firewall-cmd --list-all-zones > "$SAVE/firewalld.zones" 2>/dev/null || : > "$SAVE/firewalld.zones"',
    ],
    restore: [
      ...(running ? (alike ? ['firewall-cmd --quiet --reload'] : undo) : [`systemctl stop ${unit}`]),
      restoreUnit(unit),
    ],
    notes:
      running && !alike
        ? ['firewalld has rules in force that are not stored: they are left as they are']
        : [],
  };
}
