import type { FactValue } from '../../facts/facts.ts';
import type { Operation } from '../../plan/operation.ts';
import { settingValue } from '../../checks/support/settings.ts';
import { certificateDaysLeft } from '../../tls/certificates.ts';
import { judgeCiphers, judgeCipherString, recommendedCiphers } from '../../tls/ciphers.ts';
import { isObsoleteProtocol, parseTlsProtocol } from '../../tls/protocols.ts';
import { defineFix } from '../define-fix.ts';
import { settable } from '../support/offers.ts';
import { setting } from '../support/settings.ts';
import { newCertificate } from './certificate.ts';

/** True when the server can start TLS with the files that its settings name (be-secure-openssl.c, check_ssl_key_file_permissions). */
export function usablePair({ certificate, key }: FactValue<'tlsFiles'>, owner: string, now: string): boolean {
  const { status } = key;
  if (certificate.certificate === null || status.type !== 'file') return false;
  if ((certificateDaysLeft(certificate.certificate, now) ?? -1) < 0) return false;
  // A key with a passphrase needs a program that nobody has tried yet.
  if (key.publicKeySha256 !== certificate.certificate.publicKeySha256) return false;
  return status.owner === 'root'
    ? (status.mode & 0o037) === 0
    : status.owner === owner && (status.mode & 0o077) === 0;
}

/** What the server would accept is not worth the name yet: with TLS off, nobody uses it, so nobody loses by better values. */
function soundValues(
  place: Parameters<typeof setting>[0],
  expanded: FactValue<'tlsFiles'>['ciphers'],
): readonly Operation[] {
  const value = (name: string) => settingValue(place.settings, name) ?? '';
  const ruled = (expanded ?? []).filter(({ protocol }) => protocol !== 'TLSv1.3');
  const ciphers =
    judgeCipherString(value('ssl_ciphers')).grade === 'good' ||
    (ruled.length > 0 && judgeCiphers(ruled).grade === 'good');
  const minimum = parseTlsProtocol(value('ssl_min_protocol_version'));
  return [
    ...(ciphers ? [] : [setting(place, 'ssl_ciphers', recommendedCiphers)]),
    ...(minimum === null || isObsoleteProtocol(minimum)
      ? [setting(place, 'ssl_min_protocol_version', 'TLSv1.2')]
      : []),
  ];
}

export const switchTlsOn = defineFix({
  id: 'tls-on',
  resolves: ['tls-enabled'],
  title: 'Switch TLS on',
  description:
    'The server offers TLS with the key and certificate that it has. Where there are none that fit, a key and a self-signed certificate for a year are made on the host. Weak ciphers and versions are ruled out at once. Clients may still connect without TLS until rules require it.',
  effect: 'reload',
  reversible: true,
  cutsOff: false,
  safe: true,
  needs: ['settings', 'cluster', 'system', 'tlsFiles'],
  offer: ({ settings }) => settable(settings, ['ssl', 'ssl_cert_file', 'ssl_key_file']),
  choices: () => [],
  plan({ settings, cluster, system, tlsFiles }, _finding, _answers, preferences, all) {
    const place = { settings, cluster, preferences };
    const values = soundValues(place, tlsFiles.ciphers);
    const on = setting(place, 'ssl', 'on');
    if (usablePair(tlsFiles, cluster.owner, system.time)) return { ok: true, operations: [...values, on] };
    const made = newCertificate(cluster, system, all, false);
    const operations: Operation[] = [
      made,
      ...values,
      setting(place, 'ssl_cert_file', made.certificatePath),
      setting(place, 'ssl_key_file', made.keyPath),
      on,
    ];
    return { ok: true, operations };
  },
});
