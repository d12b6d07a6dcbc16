import { listening } from '../../checks/support/listening.ts';
import { planAtBoot } from '../../firewall/plan-at-boot.ts';
import { readFirewall } from '../../firewall/read-firewall.ts';
import { defineFix } from '../define-fix.ts';
import { notOffered, offered } from '../support/offers.ts';

export const firewallAtBoot = defineFix({
  id: 'firewall-at-boot',
  resolves: ['fw-persistent'],
  title: 'Have the rules of the firewall come back after a reboot',
  description:
    'The rules that are in force now are stored where the program that rules the firewall loads them, and it starts at boot. Nothing in force changes, so nobody notices. With nftables the configuration file is replaced by the rules in force.',
  effect: 'live',
  reversible: true,
  cutsOff: false,
  safe: true,
  needs: ['firewall', 'settings'],
  offer: ({ firewall }) => {
    const steps = planAtBoot(readFirewall(firewall), firewall);
    return typeof steps === 'string' ? notOffered(steps) : offered;
  },
  choices: () => [],
  plan({ firewall, settings }) {
    const model = readFirewall(firewall);
    const [manager] = model.managers;
    const steps = planAtBoot(model, firewall);
    if (typeof steps === 'string') return { ok: false, reason: steps };
    if (manager === undefined || manager === 'windows')
      return { ok: false, reason: 'No rules are in force that could be stored.' };
    return {
      ok: true,
      operations: [
        {
          kind: 'firewall',
          manager,
          rulesStay: true,
          port: listening(settings)?.port ?? 5432,
          allow: [],
          sshPorts: [],
          commands: [...steps.commands],
          files: [...steps.files],
          save: [...steps.save],
          restore: [...steps.restore],
          before: [
            `after a reboot: ${model.persistence.state === 'lost-at-reboot' ? model.persistence.reason : 'other rules than those in force'}`,
          ],
          after: [`after a reboot: the rules that are in force now, loaded by ${manager}`],
          expects: ['fw-persistent'],
        },
      ],
    };
  },
});
