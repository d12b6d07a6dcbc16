import { contains, formatAddress, isLoopback, networkOf, parseAddress } from '../../lib/cidr.ts';
import type { FactValue } from '../../facts/facts.ts';
import { defineFix } from '../define-fix.ts';
import { logGoesBack, seenText } from '../support/clients.ts';
import { clientsIn, remoteClients } from '../support/networks.ts';
import { settable } from '../support/offers.ts';
import { setting } from '../support/settings.ts';

/** Addresses of the host that other machines can use, without those that hold for one cable only. */
function ownAddresses(interfaces: FactValue<'interfaces'>) {
  return interfaces.flatMap(({ name, address, prefix }) => {
    const parsed = parseAddress(address);
    const linkLocal = parsed?.family === 'ipv6' && parsed.value >> 118n === 0x3fan;
    if (parsed === null || linkLocal || isLoopback(networkOf(parsed))) return [];
    return [{ name, text: formatAddress(parsed), network: networkOf(parsed, prefix) }];
  });
}

export const listenOnChosen = defineFix({
  id: 'listen-on-chosen',
  resolves: ['tcp-listen-any', 'tcp-listen-external', 'uds-only'],
  title: 'Listen on chosen addresses only',
  description:
    'listen_addresses becomes the addresses that you choose; with none of them the server is left with its Unix socket. Clients that use another address of the host would be refused. Takes effect with a restart, which ends each session.',
  effect: 'restart',
  reversible: true,
  cutsOff: true,
  safe: true,
  needs: ['settings', 'cluster', 'interfaces'],
  offer: ({ settings }) => settable(settings, ['listen_addresses']),
  choices({ interfaces }, finding, all) {
    const clients = remoteClients(all);
    const own = ownAddresses(interfaces);
    // Clients beyond a router may use any address of their family.
    const routed = clients.filter(({ address }) => {
      const parsed = parseAddress(address ?? '');
      return parsed !== null && !own.some(({ network }) => contains(network, networkOf(parsed)));
    });
    const families = new Set(routed.flatMap(({ address }) => parseAddress(address ?? '')?.family ?? []));
    return [
      {
        kind: 'many',
        key: 'addresses',
        label: 'On which addresses does PostgreSQL listen?',
        options: [
          {
            value: 'localhost',
            label: 'Loopback',
            seen: 'programs on the host, SSH tunnels',
            // Where no rule lets anybody in over TCP, nobody needs it.
            chosen: finding.check !== 'uds-only',
          },
          ...own.map(({ name, text, network }) => {
            const near = clientsIn(network, clients);
            const far = families.has(network.family) ? routed : [];
            return {
              value: text,
              label: name,
              seen: seenText([...near, ...far]),
              // Where no rule lets another machine in, none can be using it.
              chosen:
                finding.check === 'tcp-listen-any' &&
                (near.length > 0 || far.length > 0 || !logGoesBack(all)),
            };
          }),
        ],
      },
    ];
  },
  plan({ settings, cluster, interfaces }, _finding, answers, preferences, all) {
    const addresses = (answers['addresses'] ?? 'localhost')
      .split(',')
      .map((text) => text.trim())
      .filter((text) => text !== '');
    const own = new Set(ownAddresses(interfaces).map(({ text }) => text));
    const unknown = addresses.find((text) => text !== 'localhost' && !own.has(text));
    if (unknown !== undefined) {
      return {
        ok: false,
        reason: `${unknown} is no address of the host, so the server could not listen on it.`,
      };
    }
    const tunnelled = all.server.state === 'collected' && all.server.value.connection === 'tcp';
    if (tunnelled && !addresses.includes('localhost')) {
      return { ok: false, reason: 'Portcullis itself comes in over loopback: choose localhost too.' };
    }
    const value = addresses.join(', ');
    return { ok: true, operations: [setting({ settings, cluster, preferences }, 'listen_addresses', value)] };
  },
});
