import type { ParsedKey } from 'ssh2';
import type { Secret } from '../../shared/lib/secret.ts';

/**
 * What a person has answered while connecting, kept in memory for as long as the connection, so that a second login
 * asks nothing again. Keys of the maps name the account: `user@host:port`.
 */
export class Remembered {
  /** Decrypted identities by file. */
  readonly identities = new Map<string, ParsedKey>();
  readonly passwords = new Map<string, Secret>();
  /** Answers to hidden questions that look like a password, by account and question; never one-time codes. */
  readonly answers = new Map<string, Secret>();
  /** The identity that opened the door last time, by its fingerprint: tried first. */
  readonly keyUsed = new Map<string, string>();
  /** The host key that was accepted; every later login has to meet the same one. */
  readonly hostKeys = new Map<string, Buffer>();
}
