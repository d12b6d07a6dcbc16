import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import ssh2, { type AuthContext, type Connection } from 'ssh2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Prompt, PromptAnswer } from '../../../shared/contract/prompts.ts';
import { HostError } from '../../../main/host/host.ts';
import { openLink, type Link } from '../../../main/ssh/link.ts';
import { Remembered } from '../../../main/ssh/remembered.ts';
import type { SshRoute } from '../../../main/ssh/ssh-config.ts';
import { connectTcp } from '../../../main/ssh/tcp.ts';

const hostKey = ssh2.utils.generateKeyPairSync('ed25519').private;
const { signal } = new AbortController();
let server: ssh2.Server;
let connections: Connection[] = [];
let links: Link[] = [];
let authenticate: (context: AuthContext) => void;

beforeEach(async () => {
  server = new ssh2.Server({ hostKeys: [hostKey] }, (connection) => {
    connections.push(connection);
    connection.on('error', () => undefined);
    connection.on('authentication', (context) => authenticate(context));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => {
  for (const { client } of links) client.destroy();
  for (const connection of connections) connection.end();
  links = [];
  connections = [];
  server.close();
});

function route(): SshRoute {
  return {
    alias: 'box',
    hostName: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    user: 'me',
    identityFiles: [],
    identitiesOnly: false,
    agentSocket: null,
    proxyJump: null,
    userKnownHostsFiles: ['/dev/null'],
    globalKnownHostsFiles: [],
    hashKnownHosts: false,
    hostKeyAlias: null,
    keepaliveMs: 10_000,
    connectTimeoutMs: 5_000,
  };
}

async function logIn(
  answer: (prompt: Prompt) => PromptAnswer | Promise<PromptAnswer>,
  remembered = new Remembered(),
): Promise<Prompt[]> {
  const asked: Prompt[] = [];
  const to = route();
  links.push(
    await openLink(
      {
        route: to,
        openTransport: (within) => connectTcp(to.hostName, to.port, to.connectTimeoutMs, within),
        identityFile: null,
        knownHostsFile: null,
        acceptNewHostKey: true,
        remembered,
        ask: async (prompt) => {
          asked.push(prompt);
          return answer(prompt);
        },
        report: () => undefined,
      },
      signal,
    ),
  );
  return asked;
}

const secrets = (...values: string[]): PromptAnswer => ({ kind: 'secrets', values });

/** A server that asks for a password and a one-time code that is another one each time. */
function passwordAndCode(): (context: AuthContext) => void {
  let code = 100_000;
  return (context) => {
    if (context.method !== 'keyboard-interactive') return context.reject(['keyboard-interactive']);
    code += 1;
    const expected = String(code);
    context.prompt([{ prompt: 'Password: ', echo: false }], 'Login', '\u001b[2J Welcome', ([password]) => {
      if (password !== 'right') return context.reject(['keyboard-interactive']);
      context.prompt([{ prompt: 'One-time password (OTP): ', echo: true }], ([given]) => {
        if (given === expected) context.accept();
        else context.reject(['keyboard-interactive']);
      });
    });
  };
}

describe('keyboard-interactive', () => {
  it('asks for the code again at the next login, but not for the password', async () => {
    authenticate = passwordAndCode();
    const remembered = new Remembered();
    let code = 100_000;
    const answer = (prompt: Prompt): PromptAnswer => {
      if (prompt.kind !== 'keyboard-interactive') throw new Error('unexpected');
      return prompt.round === 1 ? secrets('right') : secrets(String((code += 1)));
    };
    const first = await logIn(answer, remembered);
    expect(first).toMatchObject([
      { round: 1, name: 'Login', instructions: ' Welcome', fields: [{ label: 'Password: ', echo: false }] },
      { round: 2, fields: [{ label: 'One-time password (OTP): ', echo: true }] },
    ]);
    const second = await logIn(answer, remembered);
    expect(second).toMatchObject([{ round: 2 }]);
  });

  it('forgets a remembered answer that is refused, and asks', async () => {
    let right = 'old';
    authenticate = (context) => {
      if (context.method !== 'keyboard-interactive')
        return context.reject(['keyboard-interactive', 'password']);
      context.prompt([{ prompt: 'Password: ', echo: false }], ([given]) =>
        given === right ? context.accept() : context.reject(['keyboard-interactive', 'password']),
      );
    };
    const remembered = new Remembered();
    await logIn(() => secrets('old'), remembered);
    right = 'new';
    expect(await logIn(() => secrets('new'), remembered)).toHaveLength(1);
  });

  it('stops after three wrong answers and does not ask for the same password once more', async () => {
    authenticate = (context) => {
      if (context.method !== 'keyboard-interactive')
        return context.reject(['keyboard-interactive', 'password']);
      context.prompt([{ prompt: 'Password: ', echo: false }], () =>
        context.reject(['keyboard-interactive', 'password']),
      );
    };
    const asked: string[] = [];
    const wrong = (prompt: Prompt): PromptAnswer => {
      asked.push(prompt.kind);
      return secrets('wrong');
    };
    await expect(logIn(wrong)).rejects.toMatchObject({
      code: 'authentication-failed',
      message: /keyboard-interactive \(3 times\)/,
    });
    expect(asked).toEqual(['keyboard-interactive', 'keyboard-interactive', 'keyboard-interactive']);
  });

  it('asks for the password where both questions and the password are wanted', async () => {
    let stage = 0;
    authenticate = (context) => {
      if (stage === 0 && context.method === 'keyboard-interactive')
        context.prompt([{ prompt: 'Code: ', echo: false }], () => {
          stage = 1;
          context.reject(['password'], true);
        });
      else if (stage === 1 && context.method === 'password' && context.password === 'right') context.accept();
      else context.reject(stage === 0 ? ['keyboard-interactive'] : ['password']);
    };
    const asked = await logIn((prompt) => secrets(prompt.kind === 'password' ? 'right' : '1234'));
    expect(asked.map(({ kind }) => kind)).toEqual(['keyboard-interactive', 'password']);
  });

  it('sends nothing when asking is given up', async () => {
    let answers = 0;
    authenticate = (context) => {
      if (context.method !== 'keyboard-interactive') return context.reject(['keyboard-interactive']);
      context.prompt([{ prompt: 'Password: ', echo: false }], () => {
        answers += 1;
        context.reject();
      });
    };
    await expect(logIn(() => ({ kind: 'skip' }))).rejects.toMatchObject({ code: 'authentication-failed' });
    const gone = new HostError('cancelled', 'The window was closed.', '');
    await expect(logIn(() => Promise.reject(gone))).rejects.toBe(gone);
    expect(answers).toBe(0);
  });
});

describe('a server that ends the connection', () => {
  it('is named with what it said', async () => {
    authenticate = () => connections.at(-1)?.end();
    await expect(logIn(() => secrets('x'))).rejects.toMatchObject({
      code: 'authentication-failed',
      message: /^box ended the connection during the login of me/,
    });
  });
});
