// What has been entered for the question on the screen, so that loading the page anew does not lose it.

import type { Value } from "./wire";

const KEY = "overpaint.draft";

export function keepDraft(lease: string, value: Value | null): void {
  if (value === null) dropDraft();
  else sessionStorage.setItem(KEY, JSON.stringify({ lease, value }));
}

export function dropDraft(): void {
  sessionStorage.removeItem(KEY);
}

/** What was entered for this lease; null: nothing. */
export function draftOf(lease: string): Value | null {
  try {
    const stored = JSON.parse(sessionStorage.getItem(KEY) ?? "null") as { lease: string; value: Value } | null;
    return stored?.lease === lease ? stored.value : null;
  } catch {
    dropDraft();
    return null;
  }
}
