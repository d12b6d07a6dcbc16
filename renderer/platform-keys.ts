/** The modifier of commands as this system writes it. */
export function commandKey(platform: string): string {
  return platform === 'darwin' ? '⌘' : 'Ctrl';
}

/** Whether an event carries the command modifier of this system. */
export function hasCommandKey(event: KeyboardEvent, platform: string): boolean {
  return platform === 'darwin' ? event.metaKey : event.ctrlKey;
}

/** Whether the event comes from where text is typed. */
export function isTyping(event: KeyboardEvent): boolean {
  return (
    event.target instanceof HTMLElement &&
    (event.target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(event.target.tagName))
  );
}

/** Whether the event comes from a dialog or a menu, which handle their own keys. */
export function isInOverlay(event: Event): boolean {
  return (
    event.target instanceof Element &&
    event.target.closest('[role=dialog],[role=alertdialog],[role=menu],[role=listbox]') !== null
  );
}
