import type { Finding } from '../../../shared/findings/finding.ts';
import { listedStatus } from '../../store/findings.ts';
import { useStore } from '../../store/state.ts';
import { Terms } from '../../ui/frame.tsx';
import { OwnWords } from '../../ui/own-words.tsx';
import { termsIn } from '../glossary.ts';

/** The opened finding in plain words, with the terms that it uses. */
export function FindingWords({ finding }: { readonly finding: Finding | null }) {
  const offers = useStore((state) => state.session.offers);
  if (finding === null) return <FindingsWords />;
  const status = listedStatus(finding);
  const offer = offers?.find(
    (candidate) => finding.fixes.includes(candidate.id) && candidate.unavailable === null,
  );
  const text = `${finding.title} ${finding.summary} ${finding.why} ${offer?.description ?? ''}`;
  return (
    <>
      <h3>Why it matters</h3>
      <p>
        <OwnWords text={finding.why} />
      </p>
      <h3>What to do</h3>
      <p>{adviceFor(status, finding, offer?.title)}</p>
      <Terms terms={termsIn(text)} />
    </>
  );
}

function adviceFor(
  status: ReturnType<typeof listedStatus>,
  finding: Finding,
  fix: string | undefined,
): string {
  switch (status) {
    case 'pass':
      return 'Nothing. This is as it should be.';
    case 'not-applicable':
      return 'Nothing. It has no meaning on this server.';
    case 'waived':
      return 'Somebody decided to live with it for a while. The reason and the end date stand beside it.';
    case 'not-assessed':
      return 'Nobody knows yet. Give the inspection what was missing, or check it by hand.';
    case 'manual':
      return 'A program cannot judge this. Look at it once, then note the result as a waiver or fix it by hand.';
    case 'open':
      if (fix !== undefined)
        return `Choose the fix "${fix}". You see every change before it is made, and can undo it.`;
      return finding.byHand[0] === undefined
        ? 'Talk to whoever runs the server.'
        : 'It has to be done by hand. The steps are under "Fix by hand".';
  }
}

function FindingsWords() {
  return (
    <>
      <h3>Reading the list</h3>
      <p>
        Each line is one thing that was looked at. The ones at the top of each group matter most. A wrench
        means that Portcullis can close it for you.
      </p>
      <p>What could not be seen is listed too, with its reason.</p>
    </>
  );
}
