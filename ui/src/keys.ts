// Which key presses are ours: not those that a field, a button or a dialog needs.

/** Which key it is, whether or not the capitals are locked; Shift with a letter is told by the event. */
export function pressed(event: KeyboardEvent): string {
  return event.key.length === 1 ? event.key.toLowerCase() : event.key;
}

/** Whether a key may be taken as a command; `single` is false for those who have turned single keys off. */
export function commands(event: KeyboardEvent, single: boolean): boolean {
  if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]") !== null) return false;
  const target = event.target as Element;
  if (target.closest("textarea, select, input:not([type=checkbox]):not([type=radio])") !== null) return false;
  if ((event.key === "Enter" || event.key === " ") && target.closest("button, a, summary") !== null) return false;
  if (event.key === " " && target.closest("input") !== null) return false;
  if (event.key.startsWith("Arrow") && target.closest("input[type=radio]") !== null) return false;
  return single || event.key.length > 1 || event.key === " " || event.ctrlKey || event.metaKey;
}
