// What has been entered for the questions in hand, so that loading the page anew, or going back to the question before,
// does not lose it. Lease and answer only; gone when it is sent.

import type { Value } from "./wire";

const KEY = "overpaint.drafts";
const MOST = 4;

type Drafts = [string, Value][];

function stored(): Drafts {
  try {
    const drafts: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
    return Array.isArray(drafts) ? (drafts as Drafts).filter((one) => Array.isArray(one)) : [];
  } catch {
    return [];
  }
}

/** Keeps what was entered for this lease; null: nothing is kept any more. */
export function keepDraft(lease: string, value: Value | null): void {
  const drafts = stored().filter(([other]) => other !== lease);
  if (value !== null) drafts.push([lease, value]);
  if (drafts.length === 0) sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, JSON.stringify(drafts.slice(-MOST)));
}

/** What was entered for this lease; null: nothing. */
export function draftOf(lease: string): Value | null {
  return stored().find(([other]) => other === lease)?.[1] ?? null;
}
