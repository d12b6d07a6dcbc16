/** What is wrong with a line, why it matters, and what to do. */
export interface PlainWords {
  readonly what: string;
  readonly why: string;
  readonly todo: string;
}

const types = 'local, host, hostssl, hostnossl, hostgssenc or hostnogssenc';
const missingParts: readonly (readonly [RegExp, string, string])[] = [
  [
    /database specification/,
    'the database',
    'Write the type, the database, the role, the address and the method.',
  ],
  [/role specification/, 'the role', 'Write the role behind the database, or all for every one.'],
  [
    /IP address specification/,
    'the address',
    'Write a network such as 10.20.4.0/24 behind the role, or all.',
  ],
  [
    /netmask specification/,
    'the length of the network',
    'Write it behind the address: 10.1.2.3/32 is one address.',
  ],
  [/authentication method/, 'the method', 'Write scram-sha-256 at its end, or peer in a local line.'],
];

type Reading = readonly [pattern: RegExp, words: (found: RegExpExecArray) => PlainWords];

const readings: readonly Reading[] = [
  [
    /^invalid connection type "(.*)"$/s,
    ([, word]) => ({
      what: `"${word}" is no type of line.`,
      why: `A line begins with ${types}.`,
      todo: 'Write hostssl for clients over the network with TLS, local for the Unix socket. Or put # before it.',
    }),
  ],
  [
    /^end-of-line before (.*)$/s,
    ([, part = '']) => {
      const [, name, todo] = missingParts.find(([pattern]) => pattern.test(part)) ?? [null, part, 'Add it.'];
      return {
        what: `The line ends too early: ${name} is missing.`,
        why: 'Each line needs all its parts.',
        todo,
      };
    },
  ],
  [
    /^multiple values specified for (.*)$/s,
    ([, part]) => ({
      what: `There is a comma in the ${part}.`,
      why: 'Only databases and roles can be lists.',
      todo: 'Write a line for each of them.',
    }),
  ],
  [
    /^specifying both host name and CIDR mask is invalid: "(.*)"$/s,
    ([, word]) => ({
      what: `"${word}" is neither an address nor a host name.`,
      why: 'What stands before the slash has to be an address.',
      todo: 'Check its digits: 10.20.4.0/24, fd00::/64.',
    }),
  ],
  [
    /^invalid CIDR mask in address "(.*)"$/s,
    ([, word]) => ({
      what: `"${word}" has a wrong length behind the slash.`,
      why: 'It goes from 0 to 32 for IPv4, from 0 to 128 for IPv6.',
      todo: '/32 is one IPv4 address, /24 the 256 that begin alike.',
    }),
  ],
  [
    /^(invalid IP mask|IP address and mask do not match)/,
    () => ({
      what: 'The mask does not fit the address.',
      why: 'An address without a length needs a mask of its own kind behind it.',
      todo: 'Write the length with a slash instead: 10.20.4.0/24.',
    }),
  ],
  [
    /^invalid authentication method "(.*)": not supported/s,
    ([, word]) => ({
      what: `This server was built without the method ${word}.`,
      why: 'It refuses the line.',
      todo: 'Use scram-sha-256.',
    }),
  ],
  [
    /^invalid authentication method "(.*)"$/s,
    ([, word]) => ({
      what: `"${word}" is no method that this version knows.`,
      why: 'The method says how a client proves who it is.',
      todo: 'Use scram-sha-256 for a password, cert for a certificate, peer in a local line, reject to refuse.',
    }),
  ],
  [
    /^peer authentication is only/,
    () => ({
      what: 'peer works in local lines only.',
      why: 'Only over the Unix socket does the server know which account is at the other end.',
      todo: 'Make the line a local one, or use scram-sha-256.',
    }),
  ],
  [
    /^cert authentication is only/,
    () => ({
      what: 'cert works in hostssl lines only.',
      why: 'A certificate comes with TLS.',
      todo: 'Make the type hostssl.',
    }),
  ],
  [
    /^gssapi authentication is not/,
    () => ({
      what: 'gss does not work in local lines.',
      why: 'Kerberos is for clients over the network.',
      todo: 'Use peer in a local line.',
    }),
  ],
  [
    /^invalid regular expression "(.*)": (.*)$/s,
    ([, word, reason]) => ({
      what: `The pattern /${word} is not valid: ${reason}.`,
      why: 'Since PostgreSQL 16 a name that begins with a slash is a regular expression.',
      todo: 'Correct it, or write the names one by one.',
    }),
  ],
  [
    /^(?:could not open (?:secondary authentication )?file|could not open directory)/,
    () => ({
      what: 'What this line refers to is not among the files that were inspected.',
      why: 'If it is not on the host, the server refuses the whole file. What it says is not known here.',
      todo: 'Make the file on the host and inspect again, or take the line out.',
    }),
  ],
  [
    /^authentication option not in name=value format: (.*)$/s,
    ([, word]) => ({
      what: `"${word}" behind the method is no option.`,
      why: 'Options are written as name=value, without blanks.',
      todo: 'Correct it, or put # before it to make it a comment.',
    }),
  ],
  [
    /requires argument "(.*)" to be set/s,
    ([, name]) => ({
      what: `The option ${name} is missing.`,
      why: 'The method cannot work without it.',
      todo: `Write ${name}=… behind the method.`,
    }),
  ],
];

/** The server's message about a line in plain words. */
export function plainProblem(message: string): PlainWords {
  for (const [pattern, words] of readings) {
    const found = pattern.exec(message);
    if (found !== null) return words(found);
  }
  return {
    what: `The server says: ${message}.`,
    why: 'It refuses the line.',
    todo: 'Correct it, or put # before it.',
  };
}

/** What one refused line does to the whole. */
export const refusedWhole =
  'With a line that it refuses the server takes none of the file: it keeps the rules that it has, and does not start again.';
