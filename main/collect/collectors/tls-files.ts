import type { TlsFiles } from '../../../shared/facts/tls.ts';
import type { FileStatus } from '../../../shared/facts/files.ts';
import { absent, collected, denied } from '../../../shared/facts/fact.ts';
import { lines, sections } from '../parse/lines.ts';
import { readCertificate } from '../parse/certificate.ts';
import { missingStatus, parseStatuses } from '../parse/statuses.ts';
import { defineCollector, shell } from '../define-collector.ts';

/**
 * The files that TLS needs. The key never leaves the host: whether it is encrypted is read from its header, and
 * the public half is hashed there, so that it can be compared with the certificate's.
 */
export const tlsFilesCollector = defineCollector({
  subject: 'tls files',
  facts: ['tlsFiles'],
  probes: {
    files: shell(
      'root',
      String.raw`
cert=$(pc_in_data "$S_ssl_cert_file") key=$(pc_in_data "$S_ssl_key_file") dh=$(pc_in_data "$S_ssl_dh_params_file")
pass=${'$'}{S_ssl_passphrase_command#"${'$'}{S_ssl_passphrase_command%%[![:space:]]*}"}; pass=${'$'}{pass%%[[:space:]]*}
case $pass in ''|/*) ;; *) pass=$(command -v "$pass") ;; esac
folder=$(readlink -f -- "$key") || folder=$key
echo '== names'; printf '%s\n' "$cert" "$key" "${'$'}{folder%/*}" "$dh" "$pass"
echo '== status'
set -- "$cert" "$key" "${'$'}{folder%/*}"; [ -n "$dh" ] && set -- "$@" "$dh"; [ -n "$pass" ] && set -- "$@" "$pass"
pc_stat "$@"
# Through a link, the file that it leads to is what counts.
for f in "$cert" "$key" "$dh"; do [ -n "$f" ] && [ -L "$f" ] && { echo "== real $f"; pc_stat "$(readlink -f -- "$f")"; }; done
echo '== key'
if ! [ -e "$key" ]; then echo missing
elif ! [ -r "$key" ]; then echo unreadable
elif grep -q ENCRYPTED -- "$key"; then echo encrypted
else
  echo plain
  h=$(openssl pkey -in "$key" -passin pass: -pubout -outform DER 2>/dev/null </dev/null | sha256sum | cut -d' ' -f1)
  # The hash of nothing: openssl could not read the key, or is not there.
  [ "$h" = e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 ] || echo "$h"
fi
echo '== dh'; [ -n "$dh" ] && openssl dhparam -in "$dh" -text -noout 2>&1 | head -n 1
echo '== openssl'; openssl version 2>/dev/null
echo '== ciphers'; [ -n "$S_ssl_ciphers" ] && openssl ciphers -V "$S_ssl_ciphers" 2>/dev/null | sed 's/^.* - //; s/  */ /g'
echo '== certificate'; [ -r "$cert" ] && [ -f "$cert" ] && head -c 65536 -- "$cert"
true`,
    ),
  },
  read({ files }) {
    if (files.state !== 'collected') return { tlsFiles: files };
    const parts = sections(files.value.text);
    const [certificatePath = '', keyPath = '', folderPath = '', dhPath = '', program = ''] = (
      parts.get('names') ?? ''
    ).split('\n');
    if (certificatePath === '' && keyPath === '')
      return { tlsFiles: absent('no certificate and no key are set') };
    const statuses = parseStatuses(parts.get('status') ?? '');
    const status = (path: string): FileStatus => {
      const own = statuses.list.find((one) => one.path === path) ?? missingStatus(path);
      if (own.type !== 'link') return own;
      const real = parseStatuses(parts.get(`real ${path}`) ?? '').list[0];
      return real === undefined ? own : { ...real, path, target: own.target };
    };
    const blocked = [...statuses.errors, ...(status(keyPath).type === 'missing' ? [] : [])].some((line) =>
      /permission denied/i.test(line),
    );
    if (blocked && !files.value.privileged)
      return { tlsFiles: denied('needs root: the folder of the key may not be looked at') };
    const [keyState = '', keyHash] = lines(parts.get('key') ?? '');
    const facts: TlsFiles = {
      certificate: {
        status: status(certificatePath),
        ...readCertificate(parts.get('certificate') ?? ''),
      },
      key: {
        status: status(keyPath),
        folder: status(folderPath),
        encrypted: keyState === 'encrypted' ? true : keyState === 'plain' ? false : null,
        publicKeySha256: keyHash !== undefined && /^[0-9a-f]{64}$/.test(keyHash) ? keyHash : null,
        problem: keyProblem(keyState, keyHash),
      },
      dhParameters: dhPath === '' ? null : dhParameters(status(dhPath), parts.get('dh') ?? ''),
      passphraseProgram: program === '' ? null : status(program),
      ciphers: parseCiphers(parts.get('ciphers') ?? ''),
      opensslVersion: (parts.get('openssl') ?? '').trim() || null,
    };
    return { tlsFiles: collected(facts) };
  },
});

function keyProblem(state: string, hash: string | undefined): string | null {
  if (state === 'missing') return 'the key file does not exist';
  if (state === 'unreadable') return 'the key may not be read with these rights';
  if (state === 'encrypted') return null;
  return hash === undefined ? 'the key could not be read by openssl on the host' : null;
}

function dhParameters(status: FileStatus, text: string): TlsFiles['dhParameters'] {
  const bits = /\((\d+) bit\)/.exec(text)?.[1];
  const problem = status.type === 'missing' ? 'the file does not exist' : 'openssl could not read the file';
  return {
    status,
    bits: bits === undefined ? null : Number(bits),
    problem: bits === undefined ? problem : null,
  };
}

/** `openssl ciphers -V`, with or without the number in front: `0x13,0x02 - TLS_AES_256_GCM_SHA384 TLSv1.3 Kx=any Au=any Enc=AESGCM(256) Mac=AEAD`. */
export function parseCiphers(text: string): TlsFiles['ciphers'] {
  const ciphers = lines(text).flatMap((line) => {
    const match = /^(?:\s*\S+\s+-\s+)?(\S+)\s+(\S+)\s+Kx=(.*?)\s+Au=(.*?)\s+Enc=(.*?)\s+Mac=(\S+)/.exec(line);
    if (match === null) return [];
    const [, name = '', protocol = '', keyExchange = '', authentication = '', encryption = '', mac = ''] =
      match;
    return [{ name, protocol, keyExchange, authentication, encryption, mac }];
  });
  return ciphers.length === 0 ? null : ciphers;
}
