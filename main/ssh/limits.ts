/** How long each stage may take, in milliseconds. Time in which a person is being asked does not count. */
export const limits = {
  /** `ssh -G`: reads files, and runs what `Match exec` of the person's own config names. */
  configMs: 10_000,
  /** Reaching the TCP port, where the ssh config has no ConnectTimeout. */
  tcpMs: 15_000,
  /** From the open port to an agreed key: version, key exchange, host key. */
  handshakeMs: 20_000,
  /** The server's answer to one attempt to log in; PAM holds back a wrong password for some seconds. */
  loginMs: 45_000,
  /** Finding out who the login is and what sudo allows; sudo may wait for DNS. */
  privilegeMs: 30_000,
  /** Opening a session, a forwarding or a program. */
  channelMs: 15_000,
  /** Between two signs of life, where the ssh config has no ServerAliveInterval; three misses end the link. */
  keepaliveMs: 10_000,
} as const;

export const keepaliveMisses = 3;
/** Passwords, passphrases and rounds of questions are asked so often, as ssh's NumberOfPasswordPrompts. */
export const askedAtMost = 3;
