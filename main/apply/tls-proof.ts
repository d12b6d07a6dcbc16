import { quoteShell } from '../../shared/lib/quoting.ts';
import { StepFailed } from './apply-error.ts';
import type { StepTools } from './prepared-step.ts';
import { textOf } from './server-view.ts';
import type { ServerView } from './server-view.ts';

/** An address of the host itself that the server listens on, from listen_addresses; null without TCP. */
export function ownAddress(listenAddresses: string): string | null {
  const [first] = listenAddresses
    .split(',')
    .map((name) => name.trim().replace(/^"(.*)"$/, '$1'))
    .filter((name) => name !== '');
  if (first === undefined) return null;
  if (first === '*' || first === '0.0.0.0' || first === 'localhost') return '127.0.0.1';
  if (first === '::') return '[::1]';
  return first.includes(':') ? `[${first}]` : first;
}

/**
 * A TLS handshake with the server from the host itself, and the certificate that it shows compared with the one in the
 * file: a server whose new key could not be read says so in its log only, and goes on with the old one, or without.
 * Gives what was seen. Throws StepFailed when TLS is on and is not spoken, or with another certificate.
 */
export async function proveTls(view: ServerView, tools: StepTools): Promise<string> {
  const session = await tools.session();
  const [row] = await session.query(
    `SELECT current_setting('listen_addresses') AS addresses, current_setting('port') AS port`,
    undefined,
    { signal: tools.signal },
  );
  const address = ownAddress(textOf(row?.addresses));
  if (address === null) return 'TLS: no TCP socket, so no handshake could be tried';
  const output = await tools.read([
    'command -v openssl >/dev/null 2>&1 || { echo missing; exit 0; }',
    `cd "$PGDATA" || exit 0`,
    `openssl x509 -in ${quoteShell(view.certificateFile)} -noout -fingerprint -sha256 2>/dev/null | sed 's/^.*=/file /'`,
    `limit=; if command -v timeout >/dev/null 2>&1; then limit='timeout 10'; fi`,
    `$limit openssl s_client -starttls postgres -connect ${quoteShell(`${address}:${String(row?.port)}`)} </dev/null >"$RUN/handshake" 2>/dev/null || :`,
    `openssl x509 -in "$RUN/handshake" -noout -fingerprint -sha256 2>/dev/null | sed 's/^.*=/shown /' || :`,
    'rm -f "$RUN/handshake"',
  ]);
  const found = (key: string): string | undefined =>
    new RegExp(`^${key} ([0-9A-F:]+)$`, 'm').exec(output)?.[1];
  if (output.startsWith('missing')) return 'TLS: openssl is not on the host, so no handshake could be tried';
  const [file, shown] = [found('file'), found('shown')];
  if (shown === undefined) {
    throw new StepFailed(
      'TLS is on, but the server speaks none: its certificate or key could not be loaded.',
    );
  }
  if (file !== undefined && file !== shown) {
    throw new StepFailed(
      'The server still shows another certificate than the one in the file: it could not load it.',
    );
  }
  return `TLS handshake on ${address}: the certificate of the file, SHA-256 ${shown.slice(0, 23)}…`;
}
