import { Terms } from '../ui/frame.tsx';

/** The editor in plain words. */
export function EditorWords() {
  return (
    <>
      <h3>Who may knock at the door</h3>
      <p>
        Each line says who may connect, from where, and how they prove who they are. The server reads them
        from the top and takes <b>the first one that fits</b>. What stands below does not count for that
        client any more.
      </p>
      <h3>Nothing happens while you type</h3>
      <p>
        You see every change on the next screen, and who would be refused by it. It is applied like all
        others: with a timer on the host that puts the old file back unless you say &ldquo;keep&rdquo;.
      </p>
      <h3>Not sure?</h3>
      <p>Ask above the list: who gets which line, now and with your edits.</p>
      <Terms
        terms={[
          ['hostssl', 'A line for encrypted connections over the network only.'],
          ['peer', 'The account of the operating system is the proof. For the Unix socket.'],
          ['scram-sha-256', 'A password that is never sent, only proven.'],
          ['reject', 'Whoever fits this line is turned away.'],
        ]}
      />
    </>
  );
}
