import type { Operation } from '../../plan/operation.ts';
import { defineFix } from '../define-fix.ts';
import { allOffered, notOffered, offered, settable } from '../support/offers.ts';
import { setting } from '../support/settings.ts';
import { newCertificate } from './certificate.ts';

export const renewCertificate = defineFix({
  id: 'tls-new-certificate',
  resolves: ['tls-cert-expiry', 'tls-key-match'],
  title: 'Make a new key and certificate',
  description:
    'A new key and a self-signed certificate for a year are made on the host, beside the old ones. Clients that keep a copy of the old certificate would refuse the server until they get the new one.',
  effect: 'reload',
  reversible: true,
  cutsOff: true,
  // Which clients check the certificate cannot be seen from the server.
  safe: false,
  needs: ['settings', 'cluster', 'system', 'tlsFiles'],
  offer: ({ settings, tlsFiles }) =>
    allOffered(
      settable(settings, ['ssl_cert_file', 'ssl_key_file']),
      tlsFiles.certificate.certificate?.selfSigned === true
        ? offered
        : notOffered(
            'The certificate is from an authority. Renew it there, so that clients go on trusting it.',
          ),
    ),
  choices: () => [],
  plan({ settings, cluster, system }, _finding, _answers, preferences, all) {
    const place = { settings, cluster, preferences };
    const made = newCertificate(cluster, system, all, false);
    const operations: Operation[] = [
      made,
      setting(place, 'ssl_cert_file', made.certificatePath),
      setting(place, 'ssl_key_file', made.keyPath),
    ];
    return { ok: true, operations };
  },
});
