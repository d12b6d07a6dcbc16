/** Terms of the field with one sentence each, and the words that call for them. */
const glossary: readonly { readonly term: string; readonly meaning: string; readonly words: RegExp }[] = [
  {
    term: 'pg_hba.conf',
    meaning: "PostgreSQL's guest list: who may come from where, and how they prove who they are.",
    words: /pg_hba|\bhba\b/i,
  },
  { term: 'superuser', meaning: 'A role for which no permission is checked.', words: /superuser/i },
  {
    term: 'scram-sha-256',
    meaning: 'A way to prove a password without sending it.',
    words: /scram/i,
  },
  {
    term: 'md5',
    meaning: 'An old way to prove a password; whoever steals the stored value can log in with it.',
    words: /\bmd5\b/i,
  },
  {
    term: 'trust',
    meaning: 'A method that asks for nothing: the name alone is enough.',
    words: /\btrust\b/i,
  },
  {
    term: 'TLS',
    meaning: 'Encryption of the connection, with a proof of who the server is.',
    words: /\bTLS\b|\bSSL\b/,
  },
  {
    term: 'Certificate',
    meaning: "The server's passport: its name and key, signed by somebody.",
    words: /certificate/i,
  },
  { term: 'Cipher', meaning: 'The method that encrypts what is sent.', words: /cipher/i },
  {
    term: 'Row level security',
    meaning: 'Rules that decide for each row of a table who may see or change it.',
    words: /row level security|\brls\b|polic(y|ies)/i,
  },
  {
    term: 'search_path',
    meaning: 'The list of schemas that PostgreSQL looks through for a name without one.',
    words: /search_path/i,
  },
  { term: 'PUBLIC', meaning: 'Every role there is, also those made later.', words: /\bPUBLIC\b/ },
  {
    term: 'listen_addresses',
    meaning: 'The network addresses on which PostgreSQL takes connections.',
    words: /listen_addresses/i,
  },
  {
    term: 'Unix socket',
    meaning: 'A way in through a file on the machine itself; the network cannot reach it.',
    words: /unix.socket|socket/i,
  },
  {
    term: 'Firewall',
    meaning: 'The part of the system that lets packets in or turns them away before a program sees them.',
    words: /firewall|nftables|iptables|\bufw\b/i,
  },
  { term: 'pgAudit', meaning: 'An extension that writes who did what into the log.', words: /pgaudit/i },
  {
    term: 'Verifier',
    meaning: 'What PostgreSQL stores of a password, to check it without knowing it.',
    words: /verifier/i,
  },
  { term: 'Reload', meaning: 'PostgreSQL reads its files again without stopping.', words: /\breload\b/i },
  {
    term: 'Restart',
    meaning: 'PostgreSQL stops and starts: every session ends for some seconds.',
    words: /\brestart\b/i,
  },
];

/** The terms that a text uses, at most `limit`, in the order of the glossary. */
export function termsIn(text: string, limit = 4): readonly (readonly [string, string])[] {
  return glossary
    .filter((entry) => entry.words.test(text))
    .slice(0, limit)
    .map((entry) => [entry.term, entry.meaning] as const);
}
