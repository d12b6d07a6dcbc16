/** Small parts of sentences, so that every finding counts and lists in the same way. */

const numbers = ['No', 'One', 'Two', 'Three', 'Four', 'Five', 'Six', 'Seven', 'Eight', 'Nine', 'Ten'];

/** What the programs that rule a firewall are called. */
export const firewallNames = {
  nft: 'nftables',
  ufw: 'ufw',
  firewalld: 'firewalld',
  iptables: 'iptables',
  windows: 'Windows Defender Firewall',
} as const;

/** `One rule`, `Three rules`, `12 rules`: for the beginning of a title. */
export function countOf(count: number, one: string, many = `${one}s`): string {
  return `${numbers[count] ?? String(count)} ${count === 1 ? one : many}`;
}

/** `1 session`, `3 sessions`: for the inside of a sentence. */
export function amount(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;
}

/** `a`, `a and b`, `a, b and c`; beyond `limit` things the rest is counted: `a, b and 4 more`. */
export function listOf(things: readonly string[], limit = 6): string {
  const shown = things.length > limit ? things.slice(0, limit - 1) : things;
  const rest = things.length - shown.length;
  const parts = rest > 0 ? [...shown, `${rest} more`] : shown;
  const last = parts.at(-1) ?? '';
  return parts.length <= 1 ? last : `${parts.slice(0, -1).join(', ')} and ${last}`;
}

/** The things without repetition, in the order in which they first came. */
export function unique<T>(things: readonly T[]): readonly T[] {
  return [...new Set(things)];
}
