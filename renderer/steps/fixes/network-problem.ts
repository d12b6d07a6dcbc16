import { formatNetwork, parseNetwork } from '../../../shared/lib/cidr.ts';

/** What is wrong with a network that was typed, and what to do; undefined while it is right or empty. */
export function networkProblem(text: string): string | undefined {
  const typed = text.trim();
  if (typed === '') return undefined;
  const network = parseNetwork(typed);
  if (network !== null) return undefined;
  const prefix = /^(\d+\.\d+\.\d+\.\d+)\/(\d+)$/.exec(typed);
  if (prefix !== null && Number(prefix[2]) > 32) {
    const likely = parseNetwork(`${prefix[1] ?? ''}/24`);
    const hint = likely === null ? '' : ` Such as ${formatNetwork(likely)}.`;
    return `An IPv4 network ends in /0 to /32.${hint}`;
  }
  return 'Not a network. Write an address or a network, such as 10.20.8.4 or 10.20.8.0/22.';
}
