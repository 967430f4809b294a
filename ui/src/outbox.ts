// Answers on their way. Each waits here, in memory and in the tab's session storage, until the server has said that it
// has it; it is sent again with the same lease after a cut, and the server keeps the first. So none is lost or doubled.
// What is stored is the lease and the answer, no picture and no name, and it goes when the server has acknowledged it.

import { Offline, Refused } from "./api";
import type { Receipt, Value } from "./wire";

export type Entry =
  | { readonly lease: string; readonly value: Value; readonly seconds: number }
  | { readonly lease: string; readonly skip: true };

export interface Place {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

export type Outcome =
  | { readonly entry: Entry; readonly receipt: Receipt }
  | { readonly entry: Entry; readonly error: Refused };

const KEY = "overpaint.outbox";
const WAITS = [1, 2, 4, 8, 15];

export class Outbox {
  private entries: Entry[];
  private busy = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private failures = 0;
  /** Whether the last attempt found no connection. */
  cut = false;
  /** The session is over: nothing is sent until somebody enters again. */
  shut = false;

  /**
   * `send` throws Offline where there is no connection and Refused where the server said no; `heard` is called once for
   * each entry that is settled, `changed` whenever what waits or the connection changes.
   */
  constructor(
    private readonly send: (entry: Entry) => Promise<Receipt>,
    private readonly place: Place,
    private readonly heard: (outcome: Outcome) => void,
    private readonly changed: () => void = () => undefined,
  ) {
    this.entries = restore(place);
  }

  get waiting(): number {
    return this.entries.length;
  }

  get leases(): string[] {
    return this.entries.map((entry) => entry.lease);
  }

  add(entry: Entry): void {
    this.entries = [...this.entries.filter((other) => other.lease !== entry.lease), entry];
    this.save();
    void this.pump();
  }

  /** Takes an entry back that has not left yet (undo without a connection); null if there is none, or it is on its way. */
  take(lease: string): Entry | null {
    const at = this.entries.findIndex((entry) => entry.lease === lease);
    if (at < 0 || (at === 0 && this.busy)) return null;
    const [entry] = this.entries.splice(at, 1);
    this.save();
    return entry ?? null;
  }

  /** Sends what waits, in order; safe to call at any time. */
  async pump(): Promise<void> {
    if (this.busy || this.shut) return;
    clearTimeout(this.timer);
    const entry = this.entries[0];
    if (entry === undefined) return;
    this.busy = true;
    let outcome: Outcome | null = null;
    try {
      const receipt = await this.send(entry);
      outcome = { entry, receipt };
    } catch (error) {
      if (error instanceof Refused && !mayHelpLater(error)) outcome = { entry, error };
      else this.failed(error);
    }
    this.busy = false;
    if (outcome === null) {
      this.changed();
      return;
    }
    this.cut = false;
    this.failures = 0;
    this.entries = this.entries.filter((other) => other !== entry);
    this.save();
    this.heard(outcome);
    await this.pump();
  }

  private failed(error: unknown): void {
    if (error instanceof Refused && error.status === 401) {
      this.shut = true;
      return;
    }
    if (!(error instanceof Refused) && !(error instanceof Offline)) throw error;
    this.cut = error instanceof Offline;
    const wait = error instanceof Refused && error.after > 0 ? error.after : WAITS[Math.min(this.failures, 4)]!;
    this.failures += 1;
    this.timer = setTimeout(() => void this.pump(), wait * 1000);
  }

  private save(): void {
    if (this.entries.length === 0) this.place.removeItem(KEY);
    else this.place.setItem(KEY, JSON.stringify(this.entries));
    this.changed();
  }
}

/** A busy or broken server, or a session that is over: the answer is kept. All else will not get better by waiting. */
function mayHelpLater(error: Refused): boolean {
  return error.status === 401 || error.status === 429 || error.status >= 500;
}

function restore(place: Place): Entry[] {
  try {
    const stored: unknown = JSON.parse(place.getItem(KEY) ?? "[]");
    return Array.isArray(stored) ? stored.filter((one): one is Entry => typeof one?.lease === "string") : [];
  } catch {
    place.removeItem(KEY);
    return [];
  }
}
