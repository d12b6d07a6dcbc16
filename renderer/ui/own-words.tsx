import { Fragment } from 'react';

/** A text of the product's own, in which `code` stands between backticks. Never for text from a target. */
export function OwnWords({ text }: { readonly text: string }) {
  const parts = text.split('`');
  // An odd number of backticks is no mark-up.
  if (parts.length % 2 === 0) return <>{text}</>;
  return (
    <>
      {parts.map((part, index) =>
        index % 2 === 1 ? <code key={index}>{part}</code> : <Fragment key={index}>{part}</Fragment>,
      )}
    </>
  );
}
