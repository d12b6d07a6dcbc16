import { z } from 'zod';
import { sourcesAllowed } from '../../firewall/evaluate.ts';
import { readFirewall } from '../../firewall/read-firewall.ts';
import { defineCheck } from '../define-check.ts';
import { presentEvidence, textEvidence } from '../support/evidence.ts';
import { shareOf } from '../support/port-sources.ts';
import { postgresPage } from '../support/references.ts';

/** A port that no service has and no rule is likely to name: what happens to it is the default. */
const anyPort = 47_113;

/** The rules as the program that manages them shows them, the beginning only. */
function listing(text: string | null): string | null {
  return text === null || text.trim() === '' ? null : text.split('\n').slice(0, 60).join('\n');
}

export const fwDefaultDeny = defineCheck({
  id: 'fw-default-deny',
  pillar: 'network',
  severity: 'high',
  titles: {
    pass: 'What no rule allows is refused',
    fail: 'What no rule names is let in',
    topic: 'What the firewall does by default',
  },
  why: 'A firewall that lets in whatever it has no rule for protects only against what somebody thought of. With default deny each open port is a decision.',
  misuse: [
    'A new service listens on a port that nobody has a rule for, and is open to the world.',
    'IPv6 is switched on in the network, and the rules were made for IPv4 only.',
  ],
  byHand: [
    'Write the rules that allow first: SSH, and PostgreSQL from its networks.',
    'Then change the default: ufw default deny incoming, or "policy drop" on the input chain of nftables.',
    'Log in by SSH anew before you close this session.',
  ],
  references: {
    cis: [],
    stig: [],
    documentation: [postgresPage('runtime-config-connection.html', 'Connection settings')],
  },
  needs: ['firewall'],
  uses: ['interfaces'],
  parameters: z.object({}),
  judge({ firewall }, _context, { interfaces }) {
    const model = readFirewall(firewall);
    const shown = listing(firewall.ufw?.statusVerbose ?? firewall.nftRuleset ?? firewall.iptablesSave);
    const evidence = presentEvidence(
      shown === null
        ? null
        : {
            kind: 'command',
            command: firewall.ufw === null ? 'nft list ruleset' : 'ufw status verbose',
            output: shown,
          },
    );
    const subjects = [{ kind: 'firewall', name: 'default' }];
    const [problem] = model.problems;
    if (problem !== undefined)
      return { status: 'not-assessed', summary: `The rules could not be read: ${problem}.` };
    if (model.managers.length === 0) {
      return {
        status: 'fail',
        summary: 'There is no firewall, so everything is let in.',
        evidence,
        subjects,
      };
    }
    if (model.defaultInbound === 'accept') {
      return {
        status: 'fail',
        summary: 'A port that no rule names is open to every IPv4 address.',
        evidence,
        subjects,
      };
    }
    if (model.defaultInbound === 'unknown') {
      return {
        status: 'not-assessed',
        summary: 'The default hangs on rules that could not be understood.',
        evidence,
      };
    }
    const global =
      interfaces.state !== 'collected' ||
      interfaces.value.some(({ address }) => address.includes(':') && !/^(fe[89ab]|::1$)/i.test(address));
    const six = sourcesAllowed(model, { port: anyPort, family: 'ipv6', interface: null });
    if (global && shareOf(six.allowed, 'ipv6') > 1 / 16) {
      return {
        status: 'fail',
        title: 'IPv6 is let in where IPv4 is refused',
        summary: 'A port that no rule names is closed for IPv4 and open for IPv6.',
        evidence,
        subjects,
      };
    }
    if (global && six.unknown.some(({ addresses }) => shareOf(addresses, 'ipv6') > 1 / 16)) {
      return {
        status: 'not-assessed',
        summary: 'For IPv6 the default hangs on rules that could not be understood.',
        evidence,
      };
    }
    return {
      status: 'pass',
      summary: 'A port that no rule names is closed.',
      evidence: presentEvidence(
        ...evidence,
        global ? null : textEvidence('The host has no IPv6 address of its own.'),
      ),
    };
  },
});
